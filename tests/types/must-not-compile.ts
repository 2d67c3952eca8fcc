/** What must not compile. `npm run types` fails when one of these lines has no error. */
/* eslint-disable @typescript-eslint/no-unused-expressions, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-class-instance-assignment --
   mistakes, on purpose */
import {
  choice,
  command,
  count,
  durable,
  during,
  flag,
  newRelease,
  noRelease,
  operation,
  parallel,
  perHost,
  publishStep,
  secret,
  Secret,
  sh,
  task,
  text,
  when,
  type ByHost,
  type Json,
  type Session,
} from 'fabwright';
import { celery, web } from './roles.ts';
// @ts-expect-error A misspelt role is no export.
import { webworkes } from './roles.ts';

declare const host: Session;
declare const token: Secret;
declare const unknownValue: unknown;

export const misspelt = command('x', [webworkes], sh`true`);

// Tasks.
const inner = task({ name: 'inner', description: '', release: noRelease, steps: [] });
const restart = command('app.restart', [web], sh`true`);
export const nested = [
  // @ts-expect-error A task is no step.
  task({ name: 'outer', description: '', steps: [inner] }),
  // @ts-expect-error Not even inside another shape.
  during({ stop: restart, start: async () => undefined }, [inner]),
  // @ts-expect-error A host goes through operations at its own pace, nothing else.
  perHost([inner]),
  // @ts-expect-error Publishing is a barrier: it does not belong into perHost,
  perHost([publishStep([web])]),
  // @ts-expect-error nor beside other steps.
  parallel([publishStep([web])]),
  // @ts-expect-error A function is no step.
  task({ name: 'f', description: '', steps: [async () => undefined] }),
  // @ts-expect-error A misspelt part of a task.
  task({ name: 'f', description: '', step: [] }),
  // @ts-expect-error A lock that there is not.
  task({ name: 'f', description: '', lock: 'all', steps: [] }),
  // @ts-expect-error A task must say what it does.
  task({ name: 'f', release: newRelease, steps: [] }),
];

// Roles are values.
// @ts-expect-error A role is no text.
export const byName = command('x', ['webworkers'], sh`true`);

// Commands.
export const commands = async (): Promise<void> => {
  const name = 'x';
  // @ts-expect-error Text put together is no command.
  await host.run('rm ' + name);
  // @ts-expect-error Nor is a template without its tag.
  await host.read(`ls ${name}`);
  // @ts-expect-error `run` says nothing: `read` does.
  const out: string = await host.run`ls`;
  // @ts-expect-error `test` answers yes or no.
  const found: string = await host.test`test -e ${out}`;
  // @ts-expect-error A secret does not stand in a command line,
  sh`curl -H ${token}`;
  // @ts-expect-error nor in a list of words,
  await host.run`curl ${[token]}`;
  // @ts-expect-error and what may be anything does not either.
  sh`echo ${unknownValue}`;
  // @ts-expect-error An object is no shell value.
  sh`echo ${{ found }}`;
  // @ts-expect-error Nothing is no shell value.
  sh`echo ${undefined}`;
  // @ts-expect-error Values of variables are text or secrets.
  await host.env({ N: 3 }).run`true`;
};

// Results.
// @ts-expect-error A journal cannot keep a Map.
export const map = operation({ name: 'x', roles: [web], run: async () => new Map([['a', 1]]) });
// @ts-expect-error Nor a Date,
export const date = operation({ name: 'x', roles: [web], run: async () => new Date() });
// @ts-expect-error nor a function,
export const action = operation({ name: 'x', roles: [web], run: async () => () => undefined });
// @ts-expect-error nor a secret.
export const hidden = operation({ name: 'x', roles: [web], run: async () => token });
// @ts-expect-error An operation is asynchronous.
export const immediate = operation({ name: 'x', roles: [web], run: () => 'x' });

// Needs.
const pending = operation({ name: 'pending', roles: [web], once: true, run: async () => ({ count: 3 }) });
const versions = operation({ name: 'versions', roles: [web], run: async () => '1.0' });
export const reads = operation({
  name: 'reads',
  roles: [web],
  needs: { pending, versions },
  run: async ({ needs }) => {
    const right: number = needs.pending.count;
    const each: ByHost<string> = needs.versions;
    // @ts-expect-error A misspelt need.
    const none: Json = needs.pendng;
    // @ts-expect-error What ran once has one answer, not one for each host.
    const many: ByHost<{ count: number }> = needs.pending;
    // @ts-expect-error What ran on every host has one answer for each.
    const one: string = needs.versions;
    // @ts-expect-error The host may not have run it.
    const certain: string = needs.versions.on(host);
    return [right, each.values, none, many.hosts, one, certain] as Json;
  },
});
export const wrongNeed = operation({
  name: 'x',
  roles: [web],
  // @ts-expect-error A need is an operation, not its name.
  needs: { pending: 'pending' },
  run: async () => undefined,
});

// when and during.
export const conditions = [
  // @ts-expect-error Only what runs once has one answer to decide by.
  when(versions, { because: 'x', is: () => true }, []),
  // @ts-expect-error The answer is an object.
  when(pending, { because: 'x', is: (result: string) => result === '' }, []),
  // @ts-expect-error A condition says why, for the plan.
  when(pending, { is: ({ count: n }) => n > 0 }, []),
  when(pending, { because: 'x', is: ({ count: n }) => n > 0 }, []),
  during(
    {
      stop: versions,
      start: async (stopped, session) => {
        const own: string | undefined = stopped.on(session);
        // @ts-expect-error What was stopped is text here.
        const wrong: number | undefined = stopped.on(session);
        await session.run`start ${own ?? ''} ${wrong ?? 0}`;
      },
    },
    [],
  ),
  // @ts-expect-error Who stops must say how to start again.
  during({ stop: versions }, []),
];

// Durable steps are one command, so that they can go on alone.
export const migrate = durable({
  name: 'migrate',
  roles: [web],
  command: () => sh`migrate`,
  // @ts-expect-error A durable operation has no `run`.
  run: async () => undefined,
});
// @ts-expect-error It has a command.
export const empty = durable({ name: 'x', roles: [web] });
// @ts-expect-error Its command is no text.
export const loose = durable({ name: 'x', roles: [web], command: () => 'migrate' });

// Parameters and settings.
export const typed = operation({
  name: 'typed',
  roles: [celery],
  params: {
    keep: count({ description: 'how many', default: 3 }),
    days: count({ description: 'days' }),
    note: text({ description: 'a note' }),
    file: text({ description: 'a file', required: true }),
    dry: flag({ description: 'only look' }),
    how: choice(['push', 'pull'], { description: 'how', default: 'push' }),
    key: secret({ description: 'a key' }),
  },
  settings: { url: text({ description: 'where' }) },
  run: async ({ params, settings }) => {
    const right: readonly [number, string, boolean, 'push' | 'pull'] = [
      params.keep,
      params.file,
      params.dry,
      params.how,
    ];
    // @ts-expect-error A count is a number,
    const keep: string = params.keep;
    // @ts-expect-error and may be missing without a default,
    const days: number = params.days;
    // @ts-expect-error as may text.
    const note: string = params.note;
    // @ts-expect-error One of the choices.
    const how: 'pull' = params.how;
    // @ts-expect-error A secret is no text.
    const key: string | undefined = params.key;
    // @ts-expect-error Not declared.
    const other: Json = params.other;
    // @ts-expect-error A setting may be missing.
    const url: string = settings.url;
    // @ts-expect-error A setting that was not declared.
    const port: Json = settings.port;
    return [...right, keep, days, note, how, key ?? null, other, url, port] as Json;
  },
});
// @ts-expect-error A default is one of the choices.
export const wrongDefault = choice(['a', 'b'], { description: '', default: 'c' });
// @ts-expect-error A batch is a number or a percentage.
export const wrongBatch = command('x', [web], sh`true`, { batch: 'all' });
// @ts-expect-error Secrets are made of text.
export const wrongSecret = new Secret(3);

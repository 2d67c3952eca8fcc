import { http, operation, shell, text, type AnyOperation, type Role } from '../api.ts';

/** A step of a plain application: a shell line, or an operation of one's own. */
export type Line = string | AnyOperation;

export interface AppOptions {
  readonly roles: readonly Role[];
  /** In the new release, on every host. */
  readonly build?: readonly Line[];
  /** In the new release, on the first host, when every host has built: migrations. */
  readonly beforePublish?: readonly Line[];
  /** In `current`, on every host, after publishing. */
  readonly restart?: readonly Line[];
  readonly restartAs?: string;
  /** How many hosts restart at a time; default 25%. */
  readonly batch?: number | `${number}%`;
  /** Asked on each host after its restart. */
  readonly healthUrl?: string;
  /** Seconds that it is asked for; default 30. */
  readonly healthWithin?: number;
}

/** What an application without operations of its own does around a release, as steps. */
export const appOperations = (options: AppOptions) => ({
  build: stepsFor('app.build', options.build, (name, lines) => inRelease(name, lines, options.roles, false)),
  beforePublish: stepsFor('app.before-publish', options.beforePublish, (name, lines) =>
    inRelease(name, lines, options.roles, true),
  ),
  restart: stepsFor('app.restart', options.restart, (name, lines) =>
    operation({
      name,
      roles: options.roles,
      restarts: true,
      batch: options.batch ?? '25%',
      run: async ({ host, layout }) => {
        const session = options.restartAs === undefined ? host : host.as(options.restartAs);
        for (const line of lines) await session.in(layout.current).run(shell(line));
        if (options.healthUrl !== undefined)
          await http(options.healthUrl, { within: options.healthWithin ?? 30 }).check(host);
      },
    }),
  ),
});

/** Shell lines, one after the other, in the new release. */
const inRelease = (name: string, lines: readonly string[], roles: readonly Role[], once: boolean): AnyOperation =>
  operation({
    name,
    roles,
    once,
    run: async ({ host, release }) => {
      for (const line of lines) await host.in(release.path).run(shell(line));
    },
  });

/** Shell lines in a row become one operation; operations stay what they are. */
const stepsFor = (
  name: string,
  lines: readonly Line[] = [],
  make: (name: string, lines: readonly string[]) => AnyOperation,
): readonly AnyOperation[] => {
  const steps: AnyOperation[] = [];
  let row: string[] = [];
  const flush = (): void => {
    if (row.length > 0) steps.push(make(steps.length === 0 ? name : `${name}-${steps.length + 1}`, row));
    row = [];
  };
  for (const line of lines) {
    if (typeof line === 'string') row = [...row, line];
    else {
      flush();
      steps.push(line);
    }
  }
  flush();
  return steps;
};

/** `put_shared FILE LOCAL`: a file that outlives releases, to every host, whole or not at all. */
export const putShared = (roles: readonly Role[]) =>
  operation({
    name: 'files.put-shared',
    roles,
    params: {
      file: text({ description: 'where it goes, relative to shared/', positional: true, required: true }),
      local: text({ description: 'the file on this machine', positional: true, required: true }),
    },
    run: async ({ host, layout, params }) => {
      const { createReadStream } = await import('node:fs');
      const { access } = await import('node:fs/promises');
      const relative = params.file.replace(/^\/+/, '');
      if (relative === '' || relative.split('/').some((part) => part === '..' || part === '.' || part === ''))
        throw new Error(`«${params.file}» is no path below shared/.`);
      await access(params.local).catch(() => {
        throw new Error(`There is no file ${params.local} on this machine.`);
      });
      const path = `${layout.shared}/${relative}`;
      await host.run`mkdir -p "$(dirname ${path})"`;
      await host.put(createReadStream(params.local), path, { mode: 0o600 });
    },
  });

/** `run 'uptime'`: any shell line, on every host that the task reaches. */
export const anyCommand = (roles: readonly Role[]) =>
  operation({
    name: 'command.run',
    roles,
    params: {
      command: text({ description: 'a shell line', positional: true, required: true, placeholder: 'COMMAND' }),
    },
    run: ({ host, params }) => host.run(shell(params.command)),
  });

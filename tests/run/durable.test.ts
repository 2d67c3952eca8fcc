import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sh, shell } from '../../src/model/command.ts';
import { notYet } from '../../src/model/failure.ts';
import { layoutAt } from '../../src/model/layout.ts';
import { command, durable, operation } from '../../src/model/operation.ts';
import { newRelease } from '../../src/model/release-choice.ts';
import { role } from '../../src/model/role.ts';
import { redactor, Secret } from '../../src/model/secret.ts';
import { createStep, publishStep, type Step } from '../../src/model/step.ts';
import { task } from '../../src/model/task.ts';
import { readStepState, type StepState } from '../../src/model/durable-step.ts';
import { paramsOf } from '../../src/plan/params.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { Interrupted } from '../../src/run/state.ts';
import { lookAtStep } from '../../src/session/durable.ts';
import { stepEnded } from '../../src/session/step-state.ts';
import { processesWith, until } from '../session/local-host.ts';
import { kill } from '../transport/sshd.ts';
import { LocalFleet, wordsOf } from './local-fleet.ts';

const web = role('web');

let fleet: LocalFleet;
beforeEach(() => {
  fleet = new LocalFleet({ web: ['web1', 'web2'] });
});
afterEach(() => fleet.close());

const deployWith = (steps: readonly Step[]) =>
  task({
    name: 'deploy',
    description: '',
    release: newRelease,
    steps: [createStep([web]), ...steps, publishStep([web])],
  });
const releaseOf = (host: string): string => readdirSync(fleet.path(host, 'releases')).sort().at(-1)!;
const stepDirectory = (host: string, step: string): string => layoutAt(fleet.root(host)).step(releaseOf(host), step);
const stateOf = (directory: string): StepState =>
  readStepState(execFileSync('/bin/sh', ['-c', lookAtStep(directory).text], { encoding: 'utf8' }));
/** The session that a process is in; none where it has ended meanwhile. */
const sessionOf = (pid: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
  } catch {
    return NaN;
  }
};
const outputOf = (events: readonly RunEvent[], host = 'web1'): readonly string[] =>
  events.flatMap((event) =>
    event.type === 'output' && event.step === 'long' && event.host === host ? [event.line] : [],
  );
const saidIn = (events: readonly RunEvent[]): string =>
  events.map((event) => (event.type === 'said' ? event.sentence : '')).join('\n');

/** Counts its beginnings in the release and waits until there is a file `go` beside it. */
const held = (name: string, after: string) =>
  durable({
    name,
    roles: [web],
    command: ({ layout }) =>
      shell(
        `echo begun >> begun; n=0; while [ ! -e ${layout.root}/go ]; do echo $n; n=$((n+1)); sleep 0.05; done; ${after}`,
      ),
  });
const letGo = () => {
  for (const host of ['web1', 'web2']) execFileSync('touch', [fleet.path(host, 'go')]);
};
const begunOn = (host: string): number =>
  readFileSync(fleet.path(host, `releases/${releaseOf(host)}/begun`), 'utf8')
    .trim()
    .split('\n').length;
/** Ctrl-C as soon as a line of the step has come from both hosts. */
const interruptedRun = async (deploy: ReturnType<typeof deployWith>) => {
  const abort = new AbortController();
  const heard = new Set<string>();
  return fleet.run(
    deploy,
    {},
    {
      signal: abort.signal,
      observe: (event) => {
        if (event.type === 'output' && event.step === 'long') heard.add(event.host);
        if (heard.size === 2) abort.abort(new Interrupted('SIGINT'));
      },
    },
  );
};

describe('a durable step', () => {
  test('runs in its release, with the variables of the run, and its output is told', async () => {
    const step = durable({ name: 'long', roles: [web], command: () => sh`pwd; echo "$TOKEN" >&2; echo ${'a b'}` });
    const { outcome, events } = await fleet.run(
      deployWith([step]),
      {},
      { variables: { TOKEN: new Secret('hunter2hunter2') }, redact: redactor(['hunter2hunter2']) },
    );
    expect([outcome.status, outcome.failures]).toEqual([0, []]);
    expect(outputOf(events)).toEqual([fleet.path('web1', `releases/${releaseOf('web1')}`), '«secret»', 'a b']);
    expect(
      events.filter((event) => event.type === 'command-started' && event.step === 'long' && event.host === 'web1'),
    ).toMatchObject([{ step: 'long', command: `pwd; echo "$TOKEN" >&2; echo 'a b'` }]);
    const directory = stepDirectory('web1', 'long');
    for (const file of readdirSync(directory).filter((name) => name !== 'output'))
      expect(readFileSync(join(directory, file), 'utf8')).not.toContain('hunter2');
  });

  test('a failure has its status and its last words', async () => {
    const step = command('long', [web], sh`echo why; exit 9`, { durable: true });
    const { outcome } = await fleet.run(deployWith([step]));
    expect(outcome.failures[0]?.failure).toEqual({
      reason: 'command',
      command: 'echo why; exit 9',
      status: 9,
      output: 'why',
    });
    const again = await fleet.run(deployWith([step]), { resume: true });
    expect(outputOf(again.events)).toEqual(['why']);
  });

  test('goes on after Ctrl-C; a resume joins it: every line, in order, done once', async () => {
    const deploy = deployWith([held('long', 'echo end')]);
    const first = await interruptedRun(deploy);
    expect([first.outcome.status, saidIn(first.events)]).toEqual([
      130,
      expect.stringContaining('fab test attach long'),
    ]);
    expect((await fleet.survey()).hosts[0]?.releases[0]).toMatchObject({
      locked: true,
      steps: [{ step: 'long', state: 'running' }],
    });
    // Joined in the middle: what was said before, and what comes then.
    let heard = 0;
    const observe = (event: RunEvent): void => {
      if (event.type === 'output' && event.step === 'long' && (heard += 1) === 40) letGo();
    };
    const resumed = fleet.run(deploy, { resume: true }, { observe });
    const { outcome, events } = await resumed;
    expect([outcome.status, outcome.failures]).toEqual([0, []]);
    const lines = outputOf(events);
    expect(lines).toEqual([...Array.from({ length: lines.length - 1 }, (_, index) => String(index)), 'end']);
    expect(lines.length).toBeGreaterThan(10);
    expect([begunOn('web1'), begunOn('web2')]).toEqual([1, 1]);
    expect((await fleet.survey()).hosts[0]?.releases[0]).toMatchObject({ steps: [{ step: 'long', state: 'ended' }] });
  });

  test('ended while nobody looked: done well is done, failed is told once and then done again', async () => {
    for (const [after, statuses, begun] of [
      ['true', [0], 1],
      ['exit 5', [1, 1], 2],
    ] as const) {
      const deploy = deployWith([held('long', after)]);
      await interruptedRun(deploy);
      letGo();
      await until(() => readFileSync(join(stepDirectory('web1', 'long'), 'status'), 'utf8').startsWith('ended'), 5);
      await until(() => readFileSync(join(stepDirectory('web2', 'long'), 'status'), 'utf8').startsWith('ended'), 5);
      for (const [index, status] of statuses.entries()) {
        const { outcome } = await fleet.run(deploy, { resume: true });
        expect([
          outcome.status,
          outcome.failures.map(({ failure }) => failure.reason === 'command' && failure.status),
        ]).toEqual([status, status === 0 ? [] : [5, 5]]);
        expect(begunOn('web1')).toBe(index === 0 ? 1 : begun);
      }
      for (const host of ['web1', 'web2']) execFileSync('rm', [fleet.path(host, 'go')]);
    }
  });

  test('lost: named with what still runs; run again only when a person says so', async () => {
    const deploy = deployWith([held('long', 'true')]);
    await interruptedRun(deploy);
    const leaders = ['web1', 'web2'].map((host) =>
      Number(readFileSync(join(stepDirectory(host, 'long'), 'session'), 'utf8').split(' ')[0]),
    );
    const family = processesWith(fleet.folder).filter((pid) => !leaders.includes(sessionOf(pid)));
    for (const pid of family) kill(pid, 'SIGKILL');
    // A child of what was killed may hold its lock a moment longer.
    await until(() => ['web1', 'web2'].every((host) => stateOf(stepDirectory(host, 'long')).kind === 'lost'), 5);
    const sentences = async (params: object = {}) =>
      (await fleet.run(deploy, { resume: true, ...params })).outcome.failures.map(({ failure }) =>
        'message' in failure ? failure.message : failure.reason,
      );
    const running = await sentences({ run_lost_again: true });
    expect(running[0]).toContain('still running without its wrapper: process');
    letGo();
    await until(() => leaders.every((pid) => !existsSync(`/proc/${pid}`)), 5);
    expect((await sentences())[0]).toContain('--run-lost-again');
    expect(begunOn('web1')).toBe(1);
    expect(await sentences({ run_lost_again: true })).toEqual([]);
    expect(begunOn('web1')).toBe(2);
  });

  test('its flag is there only where such a step is', () => {
    expect(Object.keys(paramsOf(deployWith([held('long', 'true')])))).toContain('run_lost_again');
    expect(Object.keys(paramsOf(deployWith([command('short', [web], sh`true`)])))).not.toContain('run_lost_again');
  });

  test('not awaited: the run goes on, a later step asks', async () => {
    const start = durable({
      name: 'index.start',
      roles: [web],
      wait: false,
      everyRun: true,
      command: ({ layout }) => shell(`while [ ! -e ${layout.root}/go ]; do sleep 0.05; done; echo last; exit 6`),
    });
    const gate = operation({
      name: 'index.gate',
      roles: [web],
      run: async (context) => {
        if (!(await stepEnded(context, start, { within: 1 }))) throw notYet('it runs');
      },
    });
    const deploy = deployWith([start, gate]);
    const first = await fleet.run(deploy);
    expect([first.outcome.status, wordsOf(first.events)]).toEqual([5, expect.arrayContaining(['index.start ok web1'])]);
    letGo();
    await until(
      () => readFileSync(join(stepDirectory('web1', 'index.start'), 'status'), 'utf8').startsWith('ended'),
      5,
    );
    const told = await fleet.run(deploy, { resume: true });
    expect(told.outcome.failures[0]?.failure).toMatchObject({ reason: 'command', status: 6, output: 'last' });
  });
});

test('one that is to run as another user is refused: its status must be ours', async () => {
  const step = command('long', [web], sh`true`, { durable: true, as: 'nobody' });
  await expect(fleet.plan(deployWith([step]))).rejects.toThrow('long is durable and cannot run as nobody');
});

test('it begins and ends about as quickly as an ordinary one', async () => {
  const rounds = [1, 2, 3, 4];
  const steps = rounds.flatMap((round) => [
    command(`ordinary.${round}`, [web], sh`true`),
    command(`durable.${round}`, [web], sh`true`, { durable: true }),
  ]);
  const { outcome } = await fleet.run(deployWith(steps));
  expect(outcome.status).toBe(0);
  const best = (kind: string): number =>
    Math.min(...outcome.timings.filter(({ step }) => step.startsWith(`${kind}.`)).map(({ seconds }) => seconds));
  const [ordinary, outliving] = [best('ordinary'), best('durable')];
  if (process.env['FAB_TEST_SHOW'] === '1') process.stderr.write(`ordinary ${ordinary} s, durable ${outliving} s\n`);
  // By the same machine's own pace: whatever waits or polls in it would cost more.
  expect(outliving - ordinary).toBeLessThan(0.3 + 4 * ordinary);
});

import { existsSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { notYet } from '../../src/model/failure.ts';
import type { Json } from '../../src/model/json.ts';
import { operation } from '../../src/model/operation.ts';
import { currentRelease, newRelease, noRelease, previousRelease } from '../../src/model/release-choice.ts';
import { role } from '../../src/model/role.ts';
import { redactor } from '../../src/model/secret.ts';
import {
  createStep,
  during,
  parallel,
  perHost,
  publishStep,
  when,
  type During,
  type Step,
} from '../../src/model/step.ts';
import { task, type TaskDefinition } from '../../src/model/task.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { Interrupted } from '../../src/run/state.ts';
import { LocalFleet, meeting, wordsOf } from './local-fleet.ts';

const web = role('web');
const db = role('db');

let fleet: LocalFleet;
beforeEach(() => {
  fleet = new LocalFleet({ web: ['web1', 'web2', 'web3'], db: ['db1'], none: [] });
});
afterEach(() => fleet.close());

const taskOf = (steps: readonly Step[], more: Partial<TaskDefinition> = {}) =>
  task({ name: 'work', description: '', release: noRelease, lock: 'none', steps, ...more });
/** An operation that does this; `act` gets the host's name. */
const named = (
  name: string,
  act: (host: string) => Promise<Json | undefined> | void = () => undefined,
  roles = [web],
) =>
  operation({
    name,
    roles,
    run: async ({ host }): Promise<Json> => (await act(host.name)) ?? null,
  });
const sentencesOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'said' ? [event.sentence] : []));
const at = (words: readonly string[], word: string): number => {
  expect(words).toContain(word);
  return words.indexOf(word);
};

describe('order', () => {
  test('a step is a barrier: all hosts finish it before the next begins', async () => {
    // web1 finishes last: nobody may have begun `b` by then.
    const begun: string[] = [];
    const others = meeting(3);
    const a = named('a', async (host) => {
      await others();
      if (host === 'web1') await new Promise((resolve) => setTimeout(resolve, 100));
      expect(begun).toEqual([]);
    });
    const b = named('b', (host) => void begun.push(host));
    const { outcome, events } = await fleet.run(taskOf([a, b]));
    expect([outcome.status, outcome.ending, outcome.failures]).toEqual([0, 'done', []]);
    const words = wordsOf(events);
    expect(words.slice(0, 4)).toEqual(['a begins', 'a on web1', 'a on web2', 'a on web3']);
    expect(at(words, 'a ok web1')).toBeLessThan(at(words, 'a ends'));
    expect(at(words, 'a ends')).toBeLessThan(at(words, 'b begins'));
    expect(words.at(-1)).toBe('b ends');
    expect(words.length).toBe(16);
    expect(events.at(0)?.type).toBe('run-started');
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', outcome });
  });

  test('perHost: a slow host does not hold the others up', async () => {
    // web1 leaves `a` only when the others have finished `b`: with a barrier this would never end.
    const finished = meeting(3);
    const a = named('a', (host) => (host === 'web1' ? finished().then(() => undefined) : undefined));
    const b = named('b', (host) => (host === 'web1' ? undefined : void finished()));
    const { outcome, events } = await fleet.run(taskOf([perHost([a, b]), named('c')]));
    expect(outcome.status).toBe(0);
    const words = wordsOf(events);
    expect(at(words, 'b ok web2')).toBeLessThan(at(words, 'a ok web1'));
    expect(at(words, 'a ok web1')).toBeLessThan(at(words, 'b on web1'));
    expect(at(words, 'b ok web1')).toBeLessThan(at(words, 'c begins'));
  });

  test('parallel: the steps run at the same time', async () => {
    const both = meeting(6);
    const { outcome, events } = await fleet.run(
      taskOf([
        parallel([named('a', () => both().then(() => undefined)), named('b', () => both().then(() => undefined))]),
        named('c'),
      ]),
    );
    expect(outcome.status).toBe(0);
    const words = wordsOf(events);
    expect(Math.max(at(words, 'a ends'), at(words, 'b ends'))).toBeLessThan(at(words, 'c begins'));
  });

  test.each([
    [1, [1, 1, 1]],
    [2, [2, 1]],
    ['50%' as const, [1, 1, 1]],
    ['70%' as const, [2, 1]],
    ['100%' as const, [3]],
    ['1%' as const, [1, 1, 1]],
  ])('a batch of %s', async (batch, sizes) => {
    let running = 0;
    const seen: number[] = [];
    const restart = operation({
      name: 'restart',
      roles: [web],
      batch,
      run: async () => {
        running += 1;
        await new Promise((resolve) => setTimeout(resolve, 250));
        seen.push(running);
        await new Promise((resolve) => setTimeout(resolve, 50));
        running -= 1;
      },
    });
    await fleet.run(taskOf([restart]));
    expect(seen).toEqual(sizes.flatMap((size) => Array.from({ length: size }, () => size)));
  });

  test('after a failure no further batch begins', async () => {
    const begun: string[] = [];
    const restart = operation({
      name: 'restart',
      roles: [web],
      batch: 1,
      run: async ({ host }) => {
        begun.push(host.name);
        if (host.name === 'web2') throw new Error('it does not come up');
      },
    });
    const { outcome } = await fleet.run(taskOf([restart, named('after')]));
    expect([begun, outcome.status]).toEqual([['web1', 'web2'], 1]);
  });

  test('once: on the first host only', async () => {
    const one = operation({ name: 'one', roles: [web], once: true, run: async ({ host }) => host.name });
    const { events } = await fleet.run(taskOf([one]));
    expect(wordsOf(events)).toEqual(['one begins', 'one on web1', 'one ok web1', 'one ends']);
  });

  test('a role without hosts is skipped with a notice', async () => {
    const nobody = named('nobody', undefined, [role('none', { optional: true })]);
    const { outcome, events } = await fleet.run(taskOf([nobody, perHost([nobody])]));
    expect([outcome.status, wordsOf(events)]).toEqual([
      0,
      ['nobody skipped: no host has its role', 'nobody#2 skipped: no host has its role'],
    ]);
  });
});

describe('where the time of a run went', () => {
  const slowly = (name: string, slow: string, milliseconds: number, more: object = {}) =>
    operation({
      name,
      roles: [web],
      ...more,
      run: ({ host }) => new Promise<void>((end) => setTimeout(end, host.name === slow ? milliseconds : 1)),
    });

  test('the host that was at work longest, and what for', async () => {
    const steps = [
      createStep([web]),
      slowly('code', 'web2', 600, { transfers: true }),
      slowly('build', 'web1', 400),
      slowly('restart', 'web2', 100, { restarts: true }),
    ];
    const { outcome } = await fleet.run(taskOf(steps, { release: newRelease, lock: 'exclusive' }));
    expect(outcome.spent?.host).toBe('web2');
    const seconds = Object.fromEntries(outcome.spent?.parts.map((part) => [part.part, part.seconds]) ?? []);
    expect(Object.keys(seconds)).toEqual([
      ...['connect', 'survey', 'lock', 'transfer', 'build', 'restart'],
      ...['waiting at a barrier', 'read back and record'],
    ]);
    expect(seconds['transfer']).toBeGreaterThan(0.59);
    expect(seconds['restart']).toBeGreaterThan(0.09);
    // While it waited for web1, which was building; lines of the journal count as work, and take what the disk takes.
    expect(seconds['waiting at a barrier']).toBeGreaterThan(0.2);
    expect(seconds['survey']).toBeGreaterThan(0);
  });

  test('a host that works while others do waits for nobody', async () => {
    const steps = [perHost([slowly('a', 'web3', 600), slowly('b', 'web1', 150)])];
    const { outcome } = await fleet.run(taskOf(steps));
    expect(outcome.spent?.host).toBe('web3');
    expect(outcome.spent?.parts.find(({ part }) => part === 'waiting at a barrier')?.seconds).toBeLessThan(0.14);
  });
});

describe('what steps tell each other', () => {
  const pending = operation({ name: 'pending', roles: [web], once: true, run: async (): Promise<number> => 3 });
  const versions = operation({ name: 'versions', roles: [web], run: async ({ host }) => `v of ${host.name}` });

  test('needs: the value of what ran once, one for each host of what did not', async () => {
    let seen: unknown;
    const reads = operation({
      name: 'reads',
      roles: [db],
      needs: { pending, versions },
      run: async ({ needs }) => {
        seen = [needs.pending, needs.versions.hosts, needs.versions.values];
      },
    });
    await fleet.run(taskOf([parallel([pending, versions]), reads]));
    expect(seen).toEqual([3, ['web1', 'web2', 'web3'], ['v of web1', 'v of web2', 'v of web3']]);
  });

  test.each([
    [true, ['a begins', 'a ends', 'b begins', 'b ends']],
    [false, ['a skipped: not there is something', 'b skipped: not there is something']],
  ])('when: %p', async (answer, expected) => {
    const condition = when(pending, { because: 'there is something', is: (count) => count === 3 && answer }, [
      named('a'),
      parallel([named('b')]),
    ]);
    const { events } = await fleet.run(taskOf([pending, condition]));
    const words = wordsOf(events).filter((word) => /^[ab] (begins|ends|skipped)/.test(word));
    expect(words).toEqual(expected);
  });

  test('others: the hosts of a role that was declared, and no other', async () => {
    const asks = operation({
      name: 'asks',
      roles: [db],
      uses: [web],
      run: async ({ others }) => {
        const names = await Promise.all(others(web).map((session) => session.read`echo ${session.name}`));
        expect(() => others(role('celery'))).toThrow(
          'asks asks for the hosts of celery and does not declare it in `uses`',
        );
        return names;
      },
    });
    const { events, outcome } = await fleet.run(taskOf([asks]));
    expect(outcome.failures).toEqual([]);
    expect(events.find((event) => event.type === 'host-succeeded')).toMatchObject({ result: ['web1', 'web2', 'web3'] });
  });
});

describe('failures', () => {
  test('the others finish the step they are in; no further one begins; all of it is told', async () => {
    const a = operation({
      name: 'a',
      roles: [web],
      run: async ({ host, layout }) => {
        if (host.name === 'web2') await host.run`echo why >&2; exit 7`;
        else await host.run`while [ ! -e ${layout.root}/go ]; do sleep 0.05; done`;
      },
    });
    const { outcome, events } = await fleet.run(
      taskOf([a, named('b')]),
      {},
      {
        observe: (event) => {
          if (event.type !== 'host-failed') return;
          for (const host of ['web1', 'web3']) writeFileSync(fleet.path(host, 'go'), '');
        },
      },
    );
    expect(outcome).toMatchObject({
      status: 1,
      ending: 'failed',
      failures: [
        {
          step: 'a',
          host: 'web2',
          failure: { reason: 'command', command: 'echo why >&2; exit 7', status: 7, output: 'why' },
        },
      ],
    });
    const words = wordsOf(events);
    expect([...words].sort()).toEqual(
      ['a begins', 'a on web1', 'a on web2', 'a on web3', 'a failed web2', 'a ok web1', 'a ok web3', 'a fails'].sort(),
    );
    expect(at(words, 'a failed web2')).toBeLessThan(at(words, 'a ok web1'));
  });

  test('in perHost, the others finish the step they are in', async () => {
    const failed = meeting(2);
    const a = named('a', async (host) => {
      if (host === 'web2') {
        void failed();
        throw new Error('no');
      }
      if (host === 'web1') await failed().then(() => new Promise((resolve) => setTimeout(resolve, 50)));
    });
    const { events } = await fleet.run(
      taskOf([perHost([a, named('b', async (host) => (host === 'web1' ? 'never' : null))])]),
    );
    const words = wordsOf(events);
    expect(words).toContain('a ok web1');
    expect(words).not.toContain('b on web1');
    expect(words.filter((word) => word.endsWith('fails'))).toEqual(['a fails', 'b fails']);
  });

  test('a gate that is not open: status 5', async () => {
    const gate = named('gate', async () => {
      throw notYet('The preindex is running.');
    });
    const { outcome } = await fleet.run(taskOf([gate]));
    expect([outcome.status, outcome.ending, outcome.failures[0]?.failure]).toEqual([
      5,
      'not-yet',
      { reason: 'not-yet', message: 'The preindex is running.' },
    ]);
  });

  test('`run` and `manage` pass the largest status on; a killed command is 128 + its signal', async () => {
    const line = (script: string) =>
      operation({ name: 'run', roles: [web], run: ({ host }) => host.run`sh -c ${script.replace('HOST', host.name)}` });
    const statusOf = async (script: string) =>
      (await fleet.run(taskOf([line(script)], { exitStatus: 'remote' }))).outcome.status;
    expect(await statusOf('case HOST in web1) exit 3;; web2) exit 9;; esac')).toBe(9);
    expect(await statusOf('kill -KILL $$')).toBe(137);
    expect(await statusOf('true')).toBe(0);
    const broken = named('run', async () => {
      throw new Error('a fault of ours');
    });
    expect((await fleet.run(taskOf([broken], { exitStatus: 'remote' }))).outcome.status).toBe(125);
  });

  test('secrets are hidden in every event and in the outcome', async () => {
    const loud = operation({
      name: 'loud',
      roles: [web],
      run: async ({ host, say }) => {
        say('the token is hunter2hunter2');
        await host.run`echo hunter2hunter2`;
        if (host.name === 'web1') await host.run`echo hunter2hunter2 >&2; false`;
        return { token: 'hunter2hunter2' };
      },
    });
    const { outcome, events } = await fleet.run(taskOf([loud]), {}, { redact: redactor(['hunter2hunter2']) });
    expect(JSON.stringify(events.filter(({ type }) => type !== 'run-started'))).not.toContain('hunter2');
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
    expect(JSON.stringify(outcome)).toContain('«secret»');
  });
});

describe('during', () => {
  const started: string[] = [];
  beforeEach(() => {
    started.length = 0;
  });
  const stop = operation({ name: 'stop', roles: [web], run: async ({ host }) => [`service of ${host.name}`] });
  const stopped = (steps: readonly Step[], stopping = stop) =>
    during(
      {
        stop: stopping,
        start: async (answers, host) => {
          started.push(`${host.name}: ${String(answers.on(host)?.join())}`);
          await host.run`true`;
        },
      },
      steps,
    );
  const hosts = ['web1', 'web2', 'web3'];
  const all = hosts.map((host) => `${host}: service of ${host}`);

  test('starts what was stopped, after the steps, before what follows', async () => {
    const { outcome, events } = await fleet.run(taskOf([stopped([named('inside')]), named('after')]));
    expect([outcome.status, [...started].sort()]).toEqual([0, all]);
    const words = wordsOf(events);
    expect(at(words, 'stop ends')).toBeLessThan(at(words, 'inside begins'));
    expect(at(words, 'inside ends')).toBeLessThan(at(words, 'stop:start begins'));
    expect(at(words, 'stop:start ends')).toBeLessThan(at(words, 'after begins'));
  });

  test('starts after a failure, and the run fails all the same', async () => {
    const fails = named('inside', async () => {
      throw new Error('no');
    });
    const { outcome, events } = await fleet.run(taskOf([stopped([fails, named('never')]), named('after')]));
    expect([outcome.status, [...started].sort()]).toEqual([1, all]);
    const words = wordsOf(events);
    expect(words).toContain('stop:start ends');
    expect(words.filter((word) => /never|after/.test(word))).toEqual([]);
  });

  test('starts only where it was stopped', async () => {
    const half = operation({
      name: 'stop',
      roles: [web],
      batch: 1,
      run: async ({ host }) => {
        if (host.name === 'web2') throw new Error('it does not stop');
        return [`service of ${host.name}`];
      },
    });
    const { outcome, events } = await fleet.run(taskOf([stopped([named('inside')], half)]));
    expect([outcome.status, started]).toEqual([1, all.slice(0, 1)]);
    expect(wordsOf(events)).not.toContain('inside begins');
  });

  test('what a killed run left stopped is started by the next one, once, before its first step', async () => {
    const deploy = (steps: readonly Step[]) =>
      taskOf([createStep([web]), ...steps], { name: 'deploy', release: newRelease, lock: 'exclusive' });
    const first = await fleet.run(deploy([stopped([named('inside')])]));
    const journals = ['web1', 'web2', 'web3'].map((host) =>
      fleet.path(host, `releases/${first.outcome.release ?? ''}/.fab/journal.jsonl`),
    );
    const starts = (): readonly number[] =>
      journals.map((file) => readFileSync(file, 'utf8').split('"stop:start"').length - 1);
    expect(starts()).toEqual([1, 1, 1]);
    for (const file of journals) writeFileSync(file, readFileSync(file, 'utf8').replace(/^.*stop:start.*\n/m, ''));
    started.length = 0;
    const next = deploy([named('first')]);
    const again = async (start: During['start'] = stopped([]).start) => {
      const plan = await fleet.plan(next, {}, [{ ...stopped([]), start }]);
      return fleet.carryOut(plan);
    };
    const failing = await again(async () => {
      throw new Error('it does not start');
    });
    expect([failing.outcome.status, starts()]).toEqual([0, [0, 0, 0]]);
    expect(wordsOf(failing.events)).toContain('stop:start fails');
    const ran = await again();
    expect([ran.outcome.status, [...started].sort(), starts()]).toEqual([0, all, [1, 1, 1]]);
    const words = wordsOf(ran.events);
    expect(at(words, 'stop:start ends')).toBeLessThan(at(words, 'release.create begins'));
    expect((await again()).events.filter((event) => 'step' in event && event.step === 'stop:start')).toEqual([]);
  });

  test('where the start of a later stop fails, the earlier one is not taken for it', async () => {
    const deploy = (steps: readonly Step[]) =>
      taskOf([createStep([web]), ...steps], { name: 'deploy', release: newRelease, lock: 'exclusive' });
    const first = await fleet.run(deploy([stopped([named('inside')])]));
    const file = fleet.path('web1', `releases/${first.outcome.release ?? ''}/.fab/journal.jsonl`);
    const [stop = ''] = readFileSync(file, 'utf8').match(/^.*"step":"stop".*\n/m) ?? [];
    // Twice stopped and not started again, on one host.
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^.*stop:start.*\n/m, stop));
    let tries = 0;
    const start: During['start'] = async () => {
      tries += 1;
      if (tries === 1) throw new Error('it does not start');
    };
    const again = async () => fleet.carryOut(await fleet.plan(deploy([]), {}, [{ ...stopped([]), start }]));
    await again();
    expect(tries).toBe(1);
    await again();
    expect(tries).toBe(3);
  });

  test('a stop that takes its time puts down what it stops: a killed run owes it, one that fails starts it', async () => {
    const deploy = (steps: readonly Step[]) =>
      taskOf([createStep([web]), ...steps], { name: 'deploy', release: newRelease, lock: 'exclusive' });
    const owedNow = async () => (await fleet.plan(deploy([]), {}, [stopped([])])).owed;
    const stops = (release: string) =>
      readFileSync(fleet.path('web2', `releases/${release}/.fab/journal.jsonl`), 'utf8').match(/"step":"stop".*/g);
    let seen: readonly unknown[] | null = [];
    let owedMeanwhile: readonly unknown[] = ['something'];
    let fails = true;
    const together = meeting(3);
    const slow = operation({
      name: 'stop',
      roles: [web],
      run: async ({ host, release, willStop }) => {
        const mine = [`service of ${host.name}`];
        await willStop(mine);
        await together();
        if (host.name === 'web1') [seen, owedMeanwhile] = [stops(release.id), await owedNow()];
        if (fails) throw new Error('it does not end');
        return mine;
      },
    });
    const failed = await fleet.run(deploy([stopped([named('inside')], slow)]));
    expect(seen).toEqual([expect.stringContaining('service of web2')]);
    // While that run is at work it is nobody else's business.
    expect(owedMeanwhile).toEqual([]);
    expect([failed.outcome.status, [...started].sort()]).toEqual([1, all]);
    expect(wordsOf(failed.events)).not.toContain('inside begins');
    expect(await owedNow()).toEqual([]);
    fails = false;
    const ran = await fleet.run(deploy([stopped([named('inside')], slow)]));
    expect(ran.outcome.status).toBe(0);
    const lines = readFileSync(fleet.path('web2', `releases/${ran.outcome.release ?? ''}/.fab/journal.jsonl`), 'utf8');
    expect([...lines.matchAll(/"step":"([^"]+)"/g)].map(([, step]) => step)).toEqual([
      'release.create',
      'stop',
      'inside',
      'stop:start',
    ]);
  });

  test('only a stop puts down what it stops', async () => {
    const wrong = operation({ name: 'wrong', roles: [web], run: ({ willStop }) => willStop('all of it') });
    const { outcome } = await fleet.run(taskOf([wrong]));
    expect(JSON.stringify(outcome.failures)).toContain('wrong stops nothing for a while');
  });

  test('starts after Ctrl-C', async () => {
    const abort = new AbortController();
    const endless = operation({
      name: 'inside',
      roles: [web],
      run: async ({ host }) => {
        if (host.name === 'web1') setTimeout(() => abort.abort(new Interrupted('SIGINT')), 300);
        await host.run`sleep 60`;
      },
    });
    const { outcome } = await fleet.run(taskOf([stopped([endless]), named('after')]), {}, { signal: abort.signal });
    expect([outcome.status, outcome.ending, [...started].sort()]).toEqual([130, 'interrupted', all]);
    expect(new Set(outcome.failures.map(({ failure }) => failure.reason))).toEqual(new Set(['cancelled']));
  });
});

describe('releases', () => {
  const build = operation({
    name: 'app.build',
    roles: [web],
    run: async ({ host, release }) => {
      await host.in(release.path).run`echo ${release.id} > version`;
      return 'built';
    },
  });
  const publishing = (after: readonly Step[] = [], before: readonly Step[] = []) =>
    taskOf([createStep([web]), build, ...before, publishStep([web]), ...after], {
      name: 'deploy',
      release: newRelease,
      lock: 'exclusive',
    });
  const hosts = ['web1', 'web2', 'web3'];
  const current = () =>
    hosts.map((host) => (existsSync(fleet.path(host, 'current')) ? readlinkSync(fleet.path(host, 'current')) : 'none'));
  const recorded = () =>
    hosts.map((host) =>
      existsSync(fleet.path(host, 'RELEASES.txt')) ? readFileSync(fleet.path(host, 'RELEASES.txt'), 'utf8') : '',
    );

  test('get from a task that makes none only what it stops written down; what cannot be written is in no way of it', async () => {
    const { outcome } = await fleet.run(publishing());
    const journals = hosts.map((host) => fleet.path(host, `releases/${outcome.release ?? ''}/.fab/journal.jsonl`));
    const steps = (file: string) =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { step: string }).step);
    const before = journals.map(steps);
    const stop = operation({ name: 'stop', roles: [web], run: async () => 'stopped' });
    const restart = taskOf([named('first'), during({ stop, start: async () => undefined }, [named('inside')])], {
      name: 'restart',
      release: currentRelease,
      lock: 'exclusive',
    });
    expect((await fleet.run(restart)).outcome.status).toBe(0);
    expect(journals.map(steps)).toEqual(before.map((known) => [...known, 'stop', 'stop:start']));
    for (const file of journals) {
      rmSync(file);
      symlinkSync('/nowhere/journal', file); // Nothing can be written there.
    }
    const { outcome: ended, events } = await fleet.run(restart);
    expect(ended.status).toBe(0);
    expect(events.filter((event) => event.type === 'said' && event.sentence.includes('journal'))).toHaveLength(6);
  });

  test('are built, published everywhere, read back and recorded', async () => {
    const { outcome } = await fleet.run(publishing());
    const id = outcome.release ?? '';
    expect(outcome).toMatchObject({
      status: 0,
      standings: Object.fromEntries(hosts.map((host) => [host, { kind: 'release', id, commit: 'a'.repeat(40) }])),
    });
    expect(current()).toEqual(hosts.map(() => `releases/${id}`));
    expect(recorded()).toEqual(hosts.map((host) => `${fleet.root(host)}/releases/${id}\n`));
    const survey = await fleet.survey();
    for (const { releases, history } of survey.hosts.filter(({ host }) => host.startsWith('web'))) {
      expect(releases).toMatchObject([
        {
          name: id,
          record: {
            state: 'built',
            commit: 'a'.repeat(40),
            user: 'ana',
            steps: ['release.create', 'app.build', 'release.publish'],
          },
          locked: false,
        },
      ]);
      expect(releases[0]?.journal.map(({ step, result }) => [step, result])).toEqual([
        ['release.create', null],
        ['app.build', 'built'],
        ['release.publish', null],
      ]);
      expect(history).toMatchObject([
        { event: 'published', task: 'deploy', from: null, to: id, commit: 'a'.repeat(40), user: 'ana' },
        { event: 'ended', task: 'deploy', ending: 'done', status: 0, user: 'ana' },
      ]);
      // Both lines are one run's.
      expect(new Set(history.map((line) => (line as { run: string }).run)).size).toBe(1);
    }
  });

  test('a failed build publishes nowhere; resuming does only what is left', async () => {
    let broken = true;
    const done: string[] = [];
    const check = operation({
      name: 'app.check',
      roles: [web],
      run: async ({ host }) => {
        done.push(host.name);
        if (broken && host.name === 'web2') throw new Error('not yet right');
      },
    });
    const deploy = publishing([], [check]);
    const first = await fleet.run(deploy);
    expect(first.outcome).toMatchObject({ status: 1, ending: 'failed', resumable: true });
    expect(current()).toEqual(['none', 'none', 'none']);
    expect(recorded()).toEqual(['', '', '']);
    broken = false;
    done.length = 0;
    const second = await fleet.run(deploy, { resume: true });
    expect(second.outcome).toMatchObject({ status: 0, release: first.outcome.release });
    expect(done).toEqual(['web2']);
    expect(
      wordsOf(second.events)
        .filter((word) => word.includes('done before'))
        .sort(),
    ).toEqual(
      [
        ...hosts.map((host) => `release.create done before ${host}`),
        ...hosts.map((host) => `app.build done before ${host}`),
        'app.check done before web1',
        'app.check done before web3',
      ].sort(),
    );
    expect(current()).toEqual(hosts.map(() => `releases/${first.outcome.release ?? ''}`));
  });

  test.each(['was at work when it was planned', 'began and ended since it was planned'] as const)(
    'a resume does nothing again that another run, which %s, has done',
    async (when) => {
      const failsOn = new Set(['web2', 'web3']);
      const done: string[] = [];
      let planned: Plan | undefined;
      const planning = operation({
        name: 'planning',
        roles: [web],
        once: true,
        run: async () => {
          if (when === 'was at work when it was planned') planned = await fleet.plan(deploy, { resume: true });
        },
      });
      const check = named('app.check', (host) => {
        done.push(host);
        if (failsOn.has(host)) throw new Error('not yet right');
      });
      const deploy = publishing([], [planning, check]);
      expect((await fleet.run(deploy)).outcome.status).toBe(1);
      planned ??= await fleet.plan(deploy, { resume: true });
      failsOn.delete('web3');
      if (when === 'began and ended since it was planned') await fleet.run(deploy, { resume: true });
      failsOn.clear();
      done.length = 0;
      const { outcome, events } = await fleet.carryOut(planned);
      expect(outcome.status).toBe(0);
      expect(done).toEqual(when === 'was at work when it was planned' ? ['web2', 'web3'] : ['web2']);
      expect(sentencesOf(events)).toEqual(['web1, web2, web3 changed meanwhile; looking again.']);
    },
  );

  test('a rollback that would go elsewhere, after a deploy since it was planned, is not begun', async () => {
    const deploy = publishing();
    const rollback = taskOf([publishStep([web])], { name: 'rollback', release: previousRelease, lock: 'exclusive' });
    const [first, second] = [await fleet.run(deploy), await fleet.run(deploy)];
    const planned = await fleet.plan(rollback);
    expect(planned.release?.id).toBe(first.outcome.release);
    const third = await fleet.run(deploy);
    const { outcome, events } = await fleet.carryOut(planned);
    expect(outcome).toMatchObject({
      status: 2,
      sentence: `Nothing was begun: rollback was planned for ${first.outcome.release!}, and would be about ${second.outcome.release!} now. Look what changed, and run it again.`,
    });
    expect(wordsOf(events)).toEqual([]);
    expect(current()).toEqual(hosts.map(() => `releases/${third.outcome.release!}`));
  });

  test('a resume that would go on with another release, begun since it was planned, is not begun', async () => {
    const broken = publishing([], [named('app.check', () => Promise.reject(new Error('not yet right')))]);
    const first = await fleet.run(broken);
    const planned = await fleet.plan(broken, { resume: true });
    const second = await fleet.run(broken);
    const { outcome, events } = await fleet.carryOut(planned);
    expect([outcome.status, outcome.sentence]).toEqual([
      2,
      expect.stringContaining(
        `was planned for ${first.outcome.release!}, and would be about ${second.outcome.release!}`,
      ),
    ]);
    expect(wordsOf(events)).toEqual([]);
  });

  test('what another run has published meanwhile is published over by nobody who has not seen it', async () => {
    let isBroken = false;
    const check = named('app.check', () => {
      if (isBroken) throw new Error('not yet right');
    });
    const deploy = publishing([], [check]);
    const rollback = taskOf([publishStep([web])], { name: 'rollback', release: previousRelease, lock: 'exclusive' });
    const [first] = [await fleet.run(deploy), await fleet.run(deploy)];
    const back = await fleet.plan(rollback, { to: first.outcome.release });
    isBroken = true;
    const begun = await fleet.run(deploy);
    isBroken = false;
    const resume = await fleet.plan(deploy, { resume: begun.outcome.release });
    const newest = await fleet.run(deploy);
    for (const planned of [back, resume]) {
      const { outcome } = await fleet.carryOut(planned);
      expect([outcome.status, outcome.sentence]).toEqual([
        2,
        expect.stringMatching(/^Nothing was begun: .* was planned over .*, and .* is live now\. Look what changed/),
      ]);
    }
    expect(current()).toEqual(hosts.map(() => `releases/${newest.outcome.release!}`));
  });

  test('published again, a release is restarted again: what its first life did counts no more', async () => {
    let fails = false;
    const restarted: string[] = [];
    const restart = named('app.restart', (host) => {
      if (fails && host === 'web1') throw new Error('it does not come up');
      restarted.push(host);
    });
    const after = named('db.tell', (host) => void restarted.push(host), [db]);
    const deploy = publishing([restart, after]);
    const rollback = taskOf([publishStep([web]), restart], {
      name: 'rollback',
      release: previousRelease,
      lock: 'exclusive',
    });
    await fleet.run(deploy);
    const second = await fleet.run(deploy);
    await fleet.run(rollback);
    fails = true;
    const again = { resume: second.outcome.release };
    expect((await fleet.run(deploy, again)).outcome.status).toBe(1);
    fails = false;
    restarted.length = 0;
    expect((await fleet.run(deploy, again)).outcome.status).toBe(0);
    expect(restarted).toEqual(['web1', 'db1']);
    // Gone back to, and not restarted: no resume of it says that it was.
    fails = true;
    const back = await fleet.run(rollback);
    expect(back.outcome.status).toBe(1);
    fails = false;
    restarted.length = 0;
    expect((await fleet.run(deploy, { resume: back.outcome.release })).outcome.status).toBe(0);
    expect([...restarted].sort()).toEqual(['db1', 'web1', 'web2', 'web3']);
  });

  test('a private release that was being built when its resume was planned is not gone on with', async () => {
    let planned: Plan | undefined;
    const planning = named('planning', async () => void (planned = await fleet.plan(setup, { resume: true })), [db]);
    const check = named(
      'app.check',
      () => {
        throw new Error('not yet right');
      },
      [db],
    );
    const setup = taskOf([createStep([db]), planning, check], { release: newRelease, lock: 'release' });
    expect((await fleet.run(setup)).outcome.status).toBe(1);
    const { outcome, events } = await fleet.carryOut(planned!);
    expect(outcome).toMatchObject({
      status: 1,
      sentence: `Another run was building ${planned!.release!.id} on db1 when this one looked at it, and has ended since. Run this again.`,
    });
    expect(wordsOf(events)).toEqual([]);
    expect((await fleet.run(setup, { resume: true })).outcome.failures).toMatchObject([{ step: 'app.check' }]);
  });

  test('a failure after publishing leaves the new one live, unrecorded; resuming goes on and records it', async () => {
    let broken = true;
    const restart = named('app.restart', (host) => {
      if (broken && host === 'web3') throw new Error('it does not come up');
    });
    const deploy = publishing([restart]);
    const first = await fleet.run(deploy);
    const link = `releases/${first.outcome.release ?? ''}`;
    expect([first.outcome.status, current(), recorded()]).toEqual([1, [link, link, link], ['', '', '']]);
    broken = false;
    const second = await fleet.run(deploy, { resume: true });
    expect([second.outcome.status, current()]).toEqual([0, [link, link, link]]);
    expect(recorded()).toEqual(hosts.map((host) => `${fleet.root(host)}/${link}\n`));
  });

  test('a second run is refused while the first one holds the lock, and says who has it', async () => {
    let inner: Awaited<ReturnType<typeof fleet.run>> | undefined;
    const meanwhile = operation({
      name: 'meanwhile',
      roles: [web],
      once: true,
      run: async () => {
        inner = await fleet.run(publishing());
      },
    });
    const { outcome } = await fleet.run(publishing([], [meanwhile]));
    expect(outcome.status).toBe(0);
    expect(inner?.outcome).toMatchObject({ status: 3, ending: 'locked', resumable: false });
    expect(inner?.outcome.sentence).toMatch(/^web1 is locked by ana on laptop: deploy, since \d\d:\d\d:\d\d UTC/);
    expect(wordsOf(inner?.events ?? [])).toEqual([]);
  });
});

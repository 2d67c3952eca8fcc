import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  rmdirSync,
  readdirSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  during,
  command,
  createStep,
  newRelease,
  noRelease,
  operation,
  publishStep,
  role,
  sh,
  task,
  type Step,
} from '../../src/index.ts';
import type { PublishRecord } from '../../src/model/publish-record.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { LocalFleet, type Ran } from './local-fleet.ts';

const web = role('web');
const hosts = ['web1', 'web2', 'web3'];
const build = command('app.build', [web], sh`echo built > file`);
const deployWith = (...after: readonly Step[]) =>
  task({
    name: 'deploy',
    description: 'Publishes.',
    release: newRelease,
    steps: [createStep([web]), build, publishStep([web]), ...after],
  });
const deploy = deployWith();

describe('publishing', () => {
  let fleet: LocalFleet;
  beforeEach(() => {
    fleet = new LocalFleet({ web: hosts });
  });
  afterEach(() => fleet.close());

  const shown = (): readonly string[] =>
    hosts.map((host) => {
      const link = fleet.path(host, 'current');
      return existsSync(link) ? readlinkSync(link).replace('releases/', '') : 'nothing';
    });
  const recordOf = (host: string): PublishRecord =>
    JSON.parse(readFileSync(fleet.path(host, '.fab/txn'), 'utf8')) as PublishRecord;
  const phases = (): readonly string[] => hosts.map((host) => recordOf(host).phase);
  const historyOf = (host: string): readonly object[] =>
    readFileSync(fleet.path(host, '.fab/history.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
  /** Does something at the moment when the engine says that a phase begins. */
  const at =
    (phase: string, act: () => void) =>
    (event: RunEvent): void => {
      if (event.type === 'phase' && event.name === phase) act();
    };
  const first = async (): Promise<string> => {
    const { outcome } = await fleet.run(deploy);
    expect(outcome.status).toBe(0);
    return outcome.release ?? '';
  };

  test('leaves a closed record on every host, with who took part and what each had', async () => {
    const before = await first();
    const { outcome } = await fleet.run(deploy);
    for (const host of hosts)
      expect(recordOf(host)).toMatchObject({
        v: 1,
        epoch: 2,
        phase: 'closed',
        ended: 'published',
        release: outcome.release,
        participants: Object.fromEntries(hosts.map((name) => [name, `releases/${before}`])),
        behind: {},
      });
  });

  test('whoever holds the lock is known by the name that the history has', async () => {
    const owners: string[] = [];
    const look = at('prepare', () =>
      owners.push(...hosts.map((host) => readFileSync(fleet.path(host, '.fab/owner'), 'utf8'))),
    );
    expect((await fleet.run(deploy, {}, { observe: look })).outcome.status).toBe(0);
    const published = hosts.map(
      (host) => readFileSync(fleet.path(host, '.fab/history.jsonl'), 'utf8').split('\n')[0] ?? '',
    );
    const runOf = (text: string): string => (JSON.parse(text) as { run: string }).run;
    expect(owners.map(runOf)).toEqual(published.map(runOf));
  });

  test('a rename that fails on one host while all answer: recorded, and every host put back', async () => {
    const before = await first();
    // A directory in the place of the link cannot be renamed over.
    const spoil = (): void => {
      unlinkSync(fleet.path('web2', 'current'));
      mkdirSync(fleet.path('web2', 'current'));
    };
    const ran = await fleet.run(deploy, {}, { observe: at('publish', spoil) });
    expect(ran.outcome.status).toBe(4); // web2 shows a directory: that is said, not papered over.
    expect(ran.outcome.standings).toMatchObject({
      web1: { kind: 'release', id: before },
      web2: { kind: 'other' },
      web3: { kind: 'release', id: before },
    });
    rmdirSync(fleet.path('web2', 'current'));
    symlinkSync(`releases/${before}`, fleet.path('web2', 'current'));
    const again = await fleet.run(deploy);
    expect(again.outcome.status).toBe(0);
    expect(new Set(shown())).toEqual(new Set([again.outcome.release]));
  });

  test('a host that is no longer as it was surveyed: nobody is prepared, nothing moves', async () => {
    const before = await first();
    const spoil = (): void => {
      mkdirSync(fleet.path('web3', 'releases/2026-01-01_00.00.00'));
      unlinkSync(fleet.path('web3', 'current'));
      symlinkSync('releases/2026-01-01_00.00.00', fleet.path('web3', 'current'));
    };
    const { outcome } = await fleet.run(deploy, {}, { observe: at('prepare', spoil) });
    expect(outcome.failures).toMatchObject([{ host: 'web3', step: 'release.publish' }]);
    expect(shown()).toEqual([before, before, '2026-01-01_00.00.00']);
    expect(phases().slice(0, 2)).toEqual(['aborted', 'aborted']);
  });

  test('a release that was removed by hand after it was published is no success', async () => {
    const remove = operation({
      name: 'app.restart',
      roles: [web],
      run: async ({ host, release }) => {
        await host.run(host.name === 'web2' ? sh`rm -rf ${release.path}` : sh`true`);
      },
    });
    const { outcome } = await fleet.run(deployWith(remove));
    expect(outcome).toMatchObject({ status: 4, ending: 'split' });
    expect(outcome.standings['web2']).toEqual({
      kind: 'other',
      what: `link releases/${outcome.release ?? ''}, which has lost its record`,
    });
    expect(existsSync(fleet.path('web1', 'RELEASES.txt'))).toBe(false);
  });

  test('a release that was removed by hand under the running deploy is not published', async () => {
    const before = await first();
    const plan = await fleet.plan(deploy);
    const spoil = (): void => rmSync(fleet.path('web2', `releases/${plan.id}`), { recursive: true });
    const { outcome } = await fleet.carryOut(plan, { observe: at('prepare', spoil) });
    expect(outcome.status).toBe(1);
    expect(shown()).toEqual([before, before, before]);
    expect(JSON.stringify(outcome.failures)).toContain('is not there');
  });

  describe('--hold', () => {
    const hold = (): Promise<Ran> => fleet.run(deploy, { hold: true });

    test('makes everything ready, pins it, publishes nothing; --resume publishes it', async () => {
      const before = await first();
      const held = await hold();
      expect(held.outcome).toMatchObject({ status: 0, ending: 'done' });
      expect(
        held.events.some((event) => event.type === 'said' && event.sentence.endsWith('is ready on 3 of 3 hosts.')),
      ).toBe(true);
      expect(shown()).toEqual([before, before, before]);
      const id = held.outcome.release ?? '';
      for (const host of hosts)
        expect(readdirSync(fleet.path(host, `releases/${id}`)).some((name) => name.startsWith('KEEP_UNTIL__'))).toBe(
          true,
        );
      const resumed = await fleet.run(deploy, { resume: id });
      expect(resumed.outcome).toMatchObject({ status: 0, release: id });
      expect(shown()).toEqual([id, id, id]);
      expect(resumed.events.filter((event) => event.type === 'host-started' && event.step === 'app.build')).toEqual([]);
    });

    test('is refused when current has moved meanwhile', async () => {
      await first();
      const held = await hold();
      const other = await first();
      await expect(fleet.plan(deploy, { resume: held.outcome.release })).rejects.toThrow('has moved since');
      expect(shown()).toEqual([other, other, other]);
    });

    test('works where nothing was ever published', async () => {
      const held = await hold();
      expect(held.outcome.status).toBe(0);
      expect(shown()).toEqual(['nothing', 'nothing', 'nothing']);
      expect((await fleet.run(deploy, { resume: held.outcome.release })).outcome.status).toBe(0);
    });
  });

  describe('--on-failure rollback', () => {
    /** A restart in batches of one that fails where a file says so, and tells what it restarted. */
    const restart = operation({
      name: 'web.restart',
      roles: [web],
      batch: 1,
      restarts: true,
      run: ({ host, release, layout }) =>
        host.run(sh`echo ${release.id} >> ${layout.root}/restarted; test ! -e ${layout.root}/refuse-${release.id}`),
    });
    const restarting = deployWith(restart);
    const refuseOn = (host: string, id: string): void => writeFileSync(fleet.path(host, `refuse-${id}`), '');
    const restartsOf = (host: string): readonly string[] => {
      const file = fleet.path(host, 'restarted');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    };

    test('goes back on every host, restarts only what had begun, and has failed', async () => {
      const before = await first();
      const plan = await fleet.plan(restarting, { on_failure: 'rollback' });
      refuseOn('web2', plan.id);
      const { outcome } = await fleet.carryOut(plan);
      expect(outcome).toMatchObject({ status: 1, ending: 'failed' });
      expect(shown()).toEqual([before, before, before]);
      expect(hosts.map(restartsOf)).toEqual([[plan.id, before], [plan.id, before], []]);
      expect(historyOf('web3')).toMatchObject([
        { event: 'published', to: before },
        { event: 'ended' },
        { event: 'published', from: before, to: plan.id },
        { event: 'rolled back', from: plan.id, to: before },
        { event: 'ended', status: 1 },
      ]);
      await expect(fleet.plan(restarting, { resume: true })).rejects.toThrow('is not live any more');
    });

    test('stop leaves the new release, and restarts no further host', async () => {
      const before = await first();
      const plan = await fleet.plan(restarting, { on_failure: 'stop' });
      refuseOn('web2', plan.id);
      const { outcome, events } = await fleet.carryOut(plan);
      expect(outcome).toMatchObject({ status: 1 });
      expect(shown()).toEqual([plan.id, plan.id, plan.id]);
      expect(hosts.map(restartsOf)).toEqual([[plan.id], [plan.id], []]);
      expect(events).toContainEqual(
        expect.objectContaining({
          type: 'said',
          sentence: `What runs: web1 restarted in ${plan.id}; web2 did not come back; web3 still in ${before}.`,
        }),
      );
    });

    test('what a restart was done in is done around it again', async () => {
      const said: string[] = [];
      const stop = operation({
        name: 'web.note',
        roles: [web],
        run: ({ host }) => Promise.resolve(void said.push(`note ${host.name}`)),
      });
      const start = (_: unknown, host: { readonly name: string }): Promise<void> =>
        Promise.resolve(void said.push(`right ${host.name}`));
      const noted = deployWith(during({ stop, start }, [restart]));
      const before = await first();
      const plan = await fleet.plan(noted, { on_failure: 'rollback' });
      refuseOn('web1', plan.id);
      expect((await fleet.carryOut(plan)).outcome.status).toBe(1);
      expect(hosts.map(restartsOf)).toEqual([[plan.id, before], [], []]);
      // The hosts do it together; which of them is first is nobody's promise.
      const parts = [0, 3, 6, 9].map((from) => said.slice(from, from + 3).sort());
      const round = ['note', 'right'].map((word) => hosts.map((host) => `${word} ${host}`));
      expect([said.length, parts]).toEqual([12, [...round, ...round]]);
    });

    test('does not go back over a migration, and says so', async () => {
      await first();
      const migrate = operation({
        name: 'db.migrate',
        roles: [web],
        once: true,
        migrates: true,
        run: ({ host }) => host.run(sh`true`),
      });
      const migrating = task({ ...deploy, steps: [createStep([web]), migrate, publishStep([web]), restart] });
      const plan = await fleet.plan(migrating, { on_failure: 'rollback' });
      refuseOn('web1', plan.id);
      const { outcome, events } = await fleet.carryOut(plan);
      expect(outcome.status).toBe(1);
      expect(shown()).toEqual([plan.id, plan.id, plan.id]);
      expect(events.some((event) => event.type === 'said' && event.sentence.includes('db.migrate'))).toBe(true);
    });

    test('a first deploy has nothing to go back to', async () => {
      const plan = await fleet.plan(restarting, { on_failure: 'rollback' });
      refuseOn('web1', plan.id);
      const { outcome, events } = await fleet.carryOut(plan);
      expect(outcome.status).toBe(1);
      expect(shown()).toEqual([plan.id, plan.id, plan.id]);
      expect(
        events.some((event) => event.type === 'said' && event.sentence.includes('no release was live before')),
      ).toBe(true);
    });
  });

  test('another task may hold the lock: refused with its owner, nothing taken', async () => {
    let begun: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    let end: () => void = () => undefined;
    const ending = new Promise<void>((resolve) => (end = resolve));
    const slow = task({
      name: 'slow',
      description: 'Holds the lock.',
      release: noRelease,
      steps: [
        operation({
          name: 'app.wait',
          roles: [web],
          once: true,
          run: async () => {
            begun();
            await ending;
          },
        }),
      ],
    });
    const holding = fleet.run(slow);
    await beginning;
    const { outcome } = await fleet.run(deploy);
    expect(outcome).toMatchObject({ status: 3, ending: 'locked' });
    expect(outcome.sentence).toMatch(/web1 is locked by ana on laptop: slow, since .* UTC \(\d+ min\), process \d+/);
    end();
    expect((await holding).outcome.status).toBe(0);
    expect((await fleet.run(deploy)).outcome.status).toBe(0);
  });
});

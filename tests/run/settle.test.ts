import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  readdirSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  command,
  createStep,
  newRelease,
  noRelease,
  operation,
  previousRelease,
  publishStep,
  role,
  sh,
  task,
} from '../../src/index.ts';
import { publishRecordText, type Phase, type PublishRecord } from '../../src/model/publish-record.ts';
import type { ReleaseId } from '../../src/model/release.ts';
import { Interrupted } from '../../src/run/state.ts';
import { LocalFleet } from './local-fleet.ts';

const web = role('web');
const deploy = task({
  name: 'deploy',
  description: 'Publishes.',
  release: newRelease,
  steps: [createStep([web]), command('app.build', [web], sh`echo built > file`), publishStep([web])],
});
const touch = task({
  name: 'touch',
  description: 'Any other task that takes the lock.',
  release: noRelease,
  steps: [
    operation({
      name: 'app.touch',
      roles: [web],
      run: ({ host, layout }) => host.run(sh`touch ${layout.root}/touched`),
    }),
  ],
});
const rollback = task({
  name: 'rollback',
  description: 'Goes back.',
  release: previousRelease,
  steps: [publishStep([web])],
});

const hosts = ['web1', 'web2', 'web3'];
const [older, old, next] = ['2026-11-18_10.00.00', '2026-11-19_10.00.00', '2026-11-19_11.00.00'] as ReleaseId[];

/** Where a killed run left one host: what its record says, and what `current` shows. */
type Left = readonly [phase: Phase | undefined, current: 'old' | 'new'];

describe('an interrupted publish', () => {
  let fleet: LocalFleet;
  beforeEach(() => {
    fleet = new LocalFleet({ web: hosts });
  });
  afterEach(() => fleet.close());

  const record = (phase: Phase, more: Partial<PublishRecord> = {}): PublishRecord => ({
    v: 1,
    epoch: 4,
    run: `${next ?? ''} 0badcafe`,
    task: 'deploy',
    release: next!,
    commit: 'a'.repeat(40),
    phase,
    participants: Object.fromEntries(hosts.map((host) => [host, `releases/${old ?? ''}`])),
    behind: {},
    user: 'ana',
    machine: 'laptop',
    at: '2026-11-19T11:00:05.000Z',
    ...more,
  });

  const leave = (host: string, [phase, current]: Left, more: Partial<PublishRecord> = {}): void => {
    for (const name of [older, old, next]) mkdirSync(fleet.path(host, `releases/${name ?? ''}`), { recursive: true });
    mkdirSync(fleet.path(host, '.fab'), { recursive: true });
    symlinkSync(`releases/${(current === 'old' ? old : next) ?? ''}`, fleet.path(host, 'current'));
    writeFileSync(
      fleet.path(host, 'RELEASES.txt'),
      `${fleet.root(host)}/releases/${older ?? ''}\n${fleet.root(host)}/releases/${old ?? ''}\n`,
    );
    writeFileSync(fleet.path(host, '.fab/epoch'), '4');
    if (phase !== undefined) writeFileSync(fleet.path(host, '.fab/txn'), publishRecordText(record(phase, more)));
  };
  const shown = (): readonly string[] =>
    hosts.map((host) => readlinkSync(fleet.path(host, 'current')).replace('releases/', ''));
  const recordOf = (host: string): PublishRecord =>
    JSON.parse(readFileSync(fleet.path(host, '.fab/txn'), 'utf8')) as PublishRecord;

  const historyOf = (host: string): readonly object[] =>
    readFileSync(fleet.path(host, '.fab/history.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);

  const states: readonly (readonly [string, readonly Left[], 'old' | 'new'])[] = [
    [
      'prepared everywhere: given up',
      [
        ['prepared', 'old'],
        ['prepared', 'old'],
        ['prepared', 'old'],
      ],
      'old',
    ],
    [
      'prepared on one host only',
      [
        ['prepared', 'old'],
        [undefined, 'old'],
        [undefined, 'old'],
      ],
      'old',
    ],
    [
      'aborted on one, prepared on the others',
      [
        ['aborted', 'old'],
        ['prepared', 'old'],
        ['prepared', 'old'],
      ],
      'old',
    ],
    [
      'decided on some, aborted on one',
      [
        ['decided', 'old'],
        ['aborted', 'old'],
        ['prepared', 'old'],
      ],
      'old',
    ],
    [
      'decided on one, prepared on the others',
      [
        ['decided', 'old'],
        ['prepared', 'old'],
        ['prepared', 'old'],
      ],
      'new',
    ],
    [
      'decided everywhere, nobody renamed',
      [
        ['decided', 'old'],
        ['decided', 'old'],
        ['decided', 'old'],
      ],
      'new',
    ],
    [
      'decided everywhere, one renamed',
      [
        ['decided', 'new'],
        ['decided', 'old'],
        ['decided', 'old'],
      ],
      'new',
    ],
    [
      'all renamed, one closed',
      [
        ['closed', 'new'],
        ['decided', 'new'],
        ['decided', 'new'],
      ],
      'new',
    ],
    [
      'undo on one',
      [
        ['undo', 'new'],
        ['decided', 'new'],
        ['decided', 'old'],
      ],
      'old',
    ],
    [
      'undo everywhere, one put back',
      [
        ['undo', 'old'],
        ['undo', 'new'],
        ['undo', 'new'],
      ],
      'old',
    ],
  ];

  test.each(states)('%s', async (_, left, ending) => {
    hosts.forEach((host, index) =>
      leave(host, left[index]!, left[index]![0] === 'closed' ? { ended: 'published' } : {}),
    );
    const { outcome, events } = await fleet.run(touch);
    expect(outcome).toMatchObject({ status: 0 });
    expect(shown()).toEqual(hosts.map(() => (ending === 'old' ? old : next)));
    for (const host of hosts.filter((_name, index) => left[index]![0] !== undefined)) {
      const { phase, epoch, ended } = recordOf(host);
      if (phase === 'closed') expect(ended).toBe(ending === 'old' ? 'undone' : 'published');
      else expect(phase).toBe('aborted');
      expect(epoch).toBeGreaterThanOrEqual(4);
    }
    expect(events.some((event) => event.type === 'said' && event.sentence.includes('was interrupted'))).toBe(true);
    expect(existsSync(fleet.path('web1', 'touched'))).toBe(true);
    // Once is enough.
    const second = await fleet.run(touch);
    expect(second.events.some((event) => event.type === 'said' && event.sentence.includes('was interrupted'))).toBe(
      false,
    );
    for (const host of hosts)
      expect(readdirSync(fleet.path(host, '.fab')).filter((name) => /next|spare|alive/.test(name))).toEqual([]);
  });

  test('a plain deploy finishes it first, then publishes its own', async () => {
    for (const host of hosts) leave(host, ['decided', host === 'web2' ? 'new' : 'old']);
    const { outcome } = await fleet.run(deploy);
    expect(outcome).toMatchObject({ status: 0, ending: 'done' });
    expect(new Set(shown())).toEqual(new Set([outcome.release]));
    expect(historyOf('web1')).toMatchObject([
      { event: 'published', from: old, to: next, run: `${next ?? ''} 0badcafe` },
      { event: 'published', from: next, to: outcome.release },
      { event: 'ended', status: 0 },
    ]);
  });

  test('a host whose release is gone cannot go forward: all are put back, and what was asked for has failed', async () => {
    for (const host of hosts) leave(host, ['decided', host === 'web2' ? 'new' : 'old']);
    const { rmdirSync } = await import('node:fs');
    rmdirSync(fleet.path('web3', `releases/${next ?? ''}`));
    const { outcome } = await fleet.run(touch);
    expect([outcome.status, outcome.ending]).toEqual([1, 'failed']);
    expect(outcome.sentence).toContain('web3 cannot go on');
    expect(outcome.sentence).toContain('Every host was put back.');
    expect(shown()).toEqual([old, old, old]);
    expect(existsSync(fleet.path('web1', 'touched'))).toBe(false);
    expect((await fleet.run(touch)).outcome.status).toBe(0);
  });

  test('… and where they came from different releases, that is no fleet on one release', async () => {
    const participants = {
      web1: `releases/${old ?? ''}`,
      web2: `releases/${old ?? ''}`,
      web3: `releases/${older ?? ''}`,
    };
    for (const host of hosts) leave(host, ['decided', host === 'web2' ? 'new' : 'old'], { participants });
    unlinkSync(fleet.path('web3', 'current'));
    symlinkSync(`releases/${older ?? ''}`, fleet.path('web3', 'current'));
    const { rmdirSync } = await import('node:fs');
    rmdirSync(fleet.path('web3', `releases/${next ?? ''}`));
    const { outcome } = await fleet.run(touch);
    expect([outcome.status, shown()]).toEqual([4, [old, old, older]]);
  });

  test('who interrupts it between the settling and its own work is not told that nothing was changed', async () => {
    for (const host of hosts) leave(host, ['decided', host === 'web2' ? 'new' : 'old']);
    const stopped = new AbortController();
    const plan = await fleet.plan(deploy);
    const { outcome, events } = await fleet.carryOut(plan, { signal: stopped.signal }, () => {
      stopped.abort(new Interrupted('SIGINT'));
      return Promise.reject(new Interrupted('SIGINT'));
    });
    expect([outcome.status, outcome.ending]).toEqual([130, 'interrupted']);
    expect(outcome.sentence).toContain('The interrupted publish was finished; nothing else was begun');
    expect(events.at(-1)).toMatchObject({ type: 'run-finished' });
    expect(shown()).toEqual([next, next, next]);
  });

  test('what some have closed is never taken back, however often a host refuses to follow', async () => {
    for (const host of ['web1', 'web2']) leave(host, ['closed', 'new'], { ended: 'published', epoch: 9 });
    leave('web3', ['decided', 'old']);
    const { rmdirSync } = await import('node:fs');
    rmdirSync(fleet.path('web3', `releases/${next ?? ''}`));
    for (const time of [1, 2, 3]) {
      const { outcome } = await fleet.run(touch);
      expect([time, outcome.status, outcome.sentence]).toEqual([time, 4, expect.stringContaining('The others stay')]);
      expect(shown()).toEqual([next, next, old]);
      expect(recordOf('web1')).toMatchObject({ phase: 'closed', ended: 'published' });
    }
  });

  test('a participant that cannot be asked: no task begins, and everything stays as it is', async () => {
    for (const host of hosts)
      leave(host, ['decided', 'old'], { participants: { ...record('decided').participants, web9: null } });
    await expect(fleet.run(touch)).rejects.toThrow('web9, which took part in it, cannot be asked');
    expect(shown()).toEqual([old, old, old]);
    expect(recordOf('web1')).toMatchObject({ phase: 'decided', epoch: 4 });
    expect(existsSync(fleet.path('web1', 'touched'))).toBe(false);
  });

  test('… unless most of them answer and it is to be left behind', async () => {
    for (const host of hosts)
      leave(host, ['decided', 'old'], { participants: { ...record('decided').participants, web9: null } });
    const { outcome } = await fleet.run(deploy, { when_unreachable: 'leave' });
    expect(outcome.status).toBe(0);
    expect(shown()).toEqual(hosts.map(() => outcome.release));
    expect(historyOf('web1')).toMatchObject([
      { event: 'published', from: old, to: next, run: `${next ?? ''} 0badcafe`, behind: ['web9'] },
      { event: 'published', from: next, to: outcome.release },
      { event: 'ended', status: 0 },
    ]);
  });

  test('a host that comes back with an old record follows the higher number', async () => {
    leave('web1', ['closed', 'old'], { ended: 'undone', epoch: 9 });
    leave('web2', ['closed', 'old'], { ended: 'undone', epoch: 9 });
    leave('web3', ['decided', 'new']);
    expect((await fleet.run(touch)).outcome.status).toBe(0);
    expect(shown()).toEqual([old, old, old]);
    expect(recordOf('web3').epoch).toBe(10);
  });

  test('an interrupted rollback that is asked for again does not go further back', async () => {
    for (const host of hosts) {
      leave(host, ['decided', 'old'], {
        release: older!,
        task: 'rollback',
        participants: Object.fromEntries(hosts.map((name) => [name, `releases/${old ?? ''}`])),
      });
    }
    unlinkSync(fleet.path('web2', 'current'));
    symlinkSync(`releases/${older ?? ''}`, fleet.path('web2', 'current'));
    await fleet.run(rollback, { to: older }).catch((thrown: unknown) => thrown);
    expect(shown()).toEqual([older, older, older]);
  });

  test('a record of a newer version is not touched', async () => {
    for (const host of hosts) leave(host, ['decided', 'old']);
    writeFileSync(fleet.path('web2', '.fab/txn'), '{"v":2,"phase":"who knows"}');
    await expect(fleet.run(touch)).rejects.toThrow('newer');
    expect(shown()).toEqual([old, old, old]);
  });
});

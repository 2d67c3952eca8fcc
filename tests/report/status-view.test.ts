import { describe, expect, test } from '@jest/globals';
import type { Phase, PublishRecord } from '../../src/model/publish-record.ts';
import type { ReleaseRecord } from '../../src/model/release-choice.ts';
import type { HostSurvey, Survey } from '../../src/model/survey.ts';
import { statusView } from '../../src/tasks/views/status.ts';
import { day, live, record, release, surveyed } from '../plan/builders.ts';

const [old, next] = [day(1), day(2)];
const hosts = ['web1', 'web2', 'web3'];

const publish = (phase: Phase, more: Partial<PublishRecord> = {}): PublishRecord => ({
  v: 1,
  epoch: 4,
  run: `${next} 0badcafe`,
  task: 'deploy',
  release: next,
  commit: null,
  phase,
  participants: Object.fromEntries(hosts.map((host) => [host, `releases/${old}`])),
  behind: {},
  user: 'ana',
  machine: 'laptop',
  at: '2026-11-02T12:00:05.000Z',
  ...more,
});

const host = (name: string, shows: string, more: Partial<HostSurvey> = {}): HostSurvey =>
  surveyed(name, { current: live(shows), releases: [release(old), release(next)], ...more });
const inPhase = (name: string, shows: string, phase: Phase, more: Partial<PublishRecord> = {}): HostSurvey =>
  host(name, shows, { txn: { kind: 'record', record: publish(phase, more) } });

type Owed = Parameters<typeof statusView.show>[1]['owed'];

const shown = (found: readonly HostSurvey[], unreachable: Survey['unreachable'] = [], owed: Owed = []) => {
  const { text, json, status } = statusView.show(
    { hosts: found, unreachable, at: new Date() },
    { environment: 'prod', params: {}, settings: {}, shipment: undefined, owed, now: new Date() },
  );
  const [sentences = '', table = ''] = text.split('\n\n');
  return { sentences: sentences.split('\n'), table: table.split('\n').slice(1), json, status };
};
const away = (name: string): Survey['unreachable'] => [{ host: name, sentence: 'it is down' }];

test('what a killed run left stopped is said, and who puts it right', () => {
  const owed = [{ release: next, stop: 'celery.pause', hosts: ['web1'] }];
  const { sentences, status, json } = shown([host('web1', next), host('web2', next)], [], owed);
  expect(sentences).toContain(
    `A run on ${next} was killed after celery.pause on web1: the next run that takes the lock puts right what that left stopped, before its own work.`,
  );
  expect(status).toBe(0);
  expect(json).toMatchObject({ owed });
});

describe('the verdict', () => {
  test('whole: one sentence, exit status 0', () => {
    const { sentences, status, json } = shown(hosts.map((name) => host(name, next)));
    expect(sentences).toEqual([`prod: all 3 hosts on ${next}.`]);
    expect(status).toBe(0);
    expect(json).toMatchObject({ whole: true, interrupted: null });
  });

  test('a host that says nothing makes it 4, and the others are named, not all', () => {
    const { sentences, status } = shown([host('web1', next), host('web2', next)], away('web3'));
    expect(sentences).toEqual([`prod: web1, web2 on ${next}. web3 could not be asked.`]);
    expect(status).toBe(4);
  });

  test('what all hosts show must be there, and be built', () => {
    const missing = hosts.map((name) =>
      host(name, next, { current: { kind: 'release', id: next, exists: false }, releases: [release(old)] }),
    );
    expect(shown(missing)).toMatchObject({ status: 4 });
    expect(shown(missing).sentences[0]).toBe(`prod: all 3 hosts on ${next} (missing).`);
    const half = hosts.map((name) =>
      host(name, next, { releases: [release(next, { record: record(next, { state: 'building' }) })] }),
    );
    expect(shown(half).sentences[0]).toBe(`prod: all 3 hosts on ${next} (unfinished).`);
    expect(shown(half).status).toBe(4);
  });

  test('a database that nothing was ever put on does not count; a host that took part and is empty does', () => {
    const found = [inPhase('web1', next, 'closed', { ended: 'published' }), surveyed('db1')];
    expect(shown(found).status).toBe(0);
    const differ = shown([...found, surveyed('web3')]);
    expect(differ.status).toBe(4);
    expect(differ.sentences[0]).toBe(`prod: THE HOSTS DIFFER: web1 on ${next}; web3 on no release.`);
  });

  test('without a majority nobody can catch up', () => {
    const found = [host('web1', old), host('web2', next)];
    expect(shown(found).sentences.join('\n')).not.toContain('catch_up');
    expect(shown([...found, host('web3', next)]).sentences.join('\n')).toContain('`fab prod catch_up`');
  });
});

describe('an interrupted publish', () => {
  test('comes first, with who is where and what to type', () => {
    const found = [inPhase('web1', next, 'decided'), inPhase('web2', old, 'decided'), inPhase('web3', old, 'decided')];
    const { sentences, json } = shown(found);
    expect(sentences[0]).toBe(
      `The publish of ${next} (deploy by ana on laptop, 2026-11-02 12:00 UTC) was interrupted after it was decided: web1 shows it, web2, web3 do not. \`fab prod deploy --resume ${next}\` brings every host to ${next} and does what was left; so does any other run that takes the lock, before its own work.`,
    );
    expect(sentences[1]).toMatch(/^prod: THE HOSTS DIFFER/);
    expect(json).toMatchObject({ interrupted: 'forward' });
  });

  test('while its run holds the lock it is just being done', () => {
    const found = hosts.map((name) => ({ ...inPhase(name, old, 'decided'), lockHeld: true }));
    expect(shown(found).json).toMatchObject({ interrupted: 'running' });
    expect(shown(found).sentences[0]).toContain('is being published just now');
  });

  test('says who is needed: silent, or not asked; and whether the rest may go on without', () => {
    const found = [inPhase('web1', next, 'decided'), inPhase('web2', old, 'decided')];
    expect(shown(found, away('web3')).sentences[0]).toContain(
      'web3 took part and could not be asked. That run needs it, or --when-unreachable leave.',
    );
    expect(shown(found).sentences[0]).toContain('web3 took part and was not asked');
    expect(shown(found.slice(0, 1)).sentences[0]).toMatch(/That run needs them\.$/);
  });

  test.each(['rollback', 'deploy'])('one that goes back to an older release, by %s, is asked for by name', (task) => {
    const more = { task, release: old, participants: { web1: `releases/${next}` } };
    expect(shown([inPhase('web1', next, 'decided', more)]).sentences[0]).toContain(`\`fab prod rollback --to ${old}\``);
  });

  test('a rollback to a newer release is no deploy to be resumed', () => {
    const more = { task: 'rollback', release: next, participants: { web1: `releases/${old}` } };
    expect(shown([inPhase('web1', old, 'decided', more)]).sentences[0]).toContain(`\`fab prod rollback --to ${next}\``);
  });
});

describe('what waits for somebody', () => {
  const withNext = (more: object, onHost: Partial<HostSurvey> = {}) =>
    hosts.map((name) => host(name, old, { releases: [release(old), release(next, more)], ...onHost }));

  test('an unfinished release, newer than what is live', () => {
    const building = { record: record(next, { state: 'building' as const }) };
    expect(shown(withNext(building)).sentences[1]).toBe(
      `${next} was begun on all 3 hosts and not finished: \`fab prod deploy --resume\` goes on with it.`,
    );
    expect(shown(withNext({ ...building, locked: true })).sentences).toHaveLength(1);
  });

  test('an unfinished release that was begun to be held, and one that nothing is to be done with', () => {
    const begun = (more: Partial<ReleaseRecord>) =>
      shown(withNext({ record: record(next, { state: 'building', ...more }) })).sentences[1];
    const params = { when_unreachable: 'abort' };
    expect(begun({ params: { ...params, hold: true } })).toContain('`fab prod deploy --resume --hold` goes on with it');
    expect(begun({ task: 'setup_limited_release', params: { keep_days: 3 } })).toBe(
      `setup_limited_release did not finish ${next} on all 3 hosts; cleaning deletes it.`,
    );
  });

  test('of two that wait, the older one is called by its name: a resume takes the newer one', () => {
    const newer = day(3);
    const both = (first: object, second: object) =>
      hosts.map((name) =>
        host(name, old, { releases: [release(old), release(next, first), release(newer, second)], history: [] }),
      );
    const held = { record: record(next, { heldOver: `link releases/${old}` }) };
    const building = { record: record(newer, { state: 'building' as const }) };
    expect(shown(both(held, building)).sentences.slice(1)).toEqual([
      `${next} is held ready on all 3 hosts: \`fab prod deploy --resume ${next}\` publishes it.`,
      `${newer} was begun on all 3 hosts and not finished: \`fab prod deploy --resume\` goes on with it.`,
    ]);
    const other = { record: record(newer, { state: 'building' as const, task: 'hotfix_deploy' }) };
    expect(shown(both(held, other)).sentences[1]).toContain('`fab prod deploy --resume` publishes it');
  });

  test('a held release: ready, or overtaken', () => {
    const held = (over: string) => shown(withNext({ record: record(next, { heldOver: over }) }));
    expect(held(`link releases/${old}`).sentences[1]).toContain('is held ready on all 3 hosts');
    expect(held(`link /home/shop/www/prod/releases/${old}`).sentences[1]).toContain('is held ready on all 3 hosts');
    expect(held(`link releases/${day(3)}`).sentences[1]).toContain('current has moved since on all 3 hosts');
    expect(held('absent').table[0]).toContain('was held ready');
  });

  test('durable steps that run and that were lost, each with what to type', () => {
    const steps = [
      { step: 'database.migrate', state: 'running' as const, since: 1_763_700_000 },
      { step: 'preindex.start', state: 'lost' as const, since: 1_763_700_000 },
      { step: 'long.build', state: 'ended' as const, since: 1_763_700_000 },
    ];
    const { sentences, table } = shown([
      host('web1', next, { releases: [release(next, { steps, locked: true })] }),
      host('web2', next),
    ]);
    expect(sentences.slice(1)).toEqual([
      'preindex.start was lost on web1: it began, and nothing says how it ended. Look what it did; if it may run once more: `fab prod deploy --resume --run-lost-again`.',
      'database.migrate runs on web1 by itself: `fab prod attach database.migrate` shows it, `fab prod cancel database.migrate` ends it.',
    ]);
    expect(table[0]).toContain(`database.migrate of ${next} runs since 2025-11-21 04:40`);
    expect(table[0]).toContain(`preindex.start of ${next} was lost`);
    expect(table[0]).not.toContain('long.build');
    expect(table[0]).not.toContain('building');
  });

  test('records that this version cannot act on', () => {
    expect(shown([host('web1', next, { txn: { kind: 'too-new' } })]).sentences[1]).toContain('newer fabwright');
    expect(shown([host('web1', next, { txn: { kind: 'unreadable' } })]).sentences[1]).toContain('/.fab/txn');
  });

  test('a run that ended badly after it had published, until one ends well', () => {
    const moved = { event: 'published', run: 'r', at: 'x', task: 'deploy', to: next };
    const closed = { kind: 'record', record: publish('closed', { ended: 'published' }) } as const;
    const after = (...history: HostSurvey['history']) =>
      shown(hosts.map((name) => host(name, next, { txn: closed, history }))).sentences[1];
    expect(after(moved, { event: 'ended', status: 1 })).toBe(
      `The run that published ${next} ended with exit status 1 afterwards: \`fab prod deploy --resume\` does what is left, \`fab prod rollback\` goes back.`,
    );
    expect(after(moved)).toContain('was killed afterwards');
    expect(after({ ...moved, event: 'rolled back', task: 'rollback' })).toBe(
      `The run that went back to ${next} was killed afterwards: \`fab prod restart_services\` does what is left.`,
    );
    expect(after(moved, { event: 'ended', status: 0 })).toBeUndefined();
    expect(after(moved, { event: 'ended', status: 1 }, { event: 'ended', status: 0 })).toBeUndefined();
    expect(after(null, 'x')).toBeUndefined();
  });
});

describe('notes on a host', () => {
  test.each<readonly [string, Partial<HostSurvey>]>([
    ['locked by ana on laptop: deploy', { lockHeld: true, owner: '{"user":"ana","machine":"laptop","task":"deploy"}' }],
    ['locked', { lockHeld: true, owner: 'scribbled' }],
    ['shop may not write to /home/shop/www/prod/.fab', { notWritable: '/home/shop/www/prod/.fab' }],
    ['no release of ours in releases/: a, b, c', { strays: ['a', 'b', 'c', 'd'] }],
    ['its clock is 2.0 h ahead', { clockSkewSeconds: 7200 }],
    ['its clock is 5 min behind', { clockSkewSeconds: -300 }],
    [`the journal of ${next} has 2 lines that cannot be read`, { releases: [release(next, { journalGarbage: 2 })] }],
    [`the journal of ${next} is of a newer fabwright`, { releases: [release(next, { journalTooNew: true })] }],
  ])('%s', (note, more) => {
    const { table, status } = shown([host('web1', next, more)]);
    expect(table[0]?.split(/ {2,}/).at(-1)).toBe(note);
    expect(status).toBe(0);
  });

  test('left behind, whether it answers or not', () => {
    const closed = { ended: 'published', behind: { web3: 'it is down' } } as const;
    const others = [inPhase('web1', next, 'closed', closed), inPhase('web2', next, 'closed', closed)];
    expect(shown(others, away('web3')).table[2]).toContain('left behind; it is down');
    const back = shown([...others, host('web3', old)]);
    expect(back.table[2]).toContain('left behind: it is down');
    expect(back.sentences[1]).toContain('web3 was left out of the last publish: `fab prod catch_up` brings it along.');
  });
});

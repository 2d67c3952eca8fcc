import { appendFileSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import type { PublishRecord } from '../../src/model/publish-record.ts';
import { load, type Loaded } from '../../src/program/load.ts';
import { lookAtHosts } from '../../src/program/look-at-hosts.ts';
import { findRunnable, plan } from '../../src/program/plan.ts';
import { run } from '../../src/program/run.ts';
import type { Task } from '../../src/model/task.ts';
import { writeOut } from '../../src/source/checkout-script.ts';
import { asBuiltTree } from '../../src/source/verify-script.ts';
import { commit, gitIn, playground, posix, write } from '../source/playground.ts';
import { day, record } from './builders.ts';

/** Whole plans of an environment whose hosts are this machine, with what lies on its disk. */
const place = playground();
const opened: Loaded[] = [];
// jest gives every test file a copy of the variables.
for (const name of ['XDG_CACHE_HOME', 'XDG_STATE_HOME']) process.env[name] = place.path('home');
afterEach(() => Promise.all(opened.splice(0).map((loaded) => loaded.close())));
afterAll(() => place.dispose());

const environment = async (root: string, origin: string, hosts: readonly string[]): Promise<Loaded> => {
  const directory = place.path('control');
  write(directory, {
    'environments/prod/inventory.ini': hosts.map((name) => `[${name}s]\n${name} ansible_connection=local\n`).join('\n'),
    'environments/prod/fab-settings.yml': `root: "${root}"\ncode_repo: "${origin}"\ndefault_branch: main\nroles: [webs]\nbuild: ['true']\nrestart: ['true']\n`,
  });
  const loaded = await load({ environment: 'prod', directory });
  if (!loaded.ok) throw new Error(loaded.failure.map(({ sentence }) => sentence).join('\n'));
  opened.push(loaded.value);
  return loaded.value;
};

/** A root with a release for each day, each one commit further, the last one live. */
const published = (days: readonly number[]) => {
  const [root, origin] = [place.path('www'), place.path('origin')];
  const mirror = join(root, '.fab/repo.git');
  mkdirSync(mirror, { recursive: true });
  gitIn(mirror, 'init', '-q', '--bare');
  const releases = days.map((number) => {
    const head = commit(origin, { 'app.py': `print(${number})\n` }, `Count to ${number}`);
    const into = join(root, 'releases', day(number));
    gitIn(origin, 'push', '-q', mirror, `+${head}:refs/fab/releases/${day(number)}`);
    expect(posix.run(writeOut({ mirror, commit: head, into })).status).toBe(0);
    const tree = posix.run(asBuiltTree({ mirror, commit: head, into })).stdout.trim();
    write(into, { '.fab/release.json': JSON.stringify(record(day(number), { commit: head, ref: 'main', tree })) });
    return { name: day(number), into, head };
  });
  write(root, { 'RELEASES.txt': releases.map(({ into }) => `${into}\n`).join('') });
  symlinkSync(`releases/${releases.at(-1)?.name ?? ''}`, join(root, 'current'));
  return { root, origin, releases };
};

const planned = async (loaded: Loaded, task: string, params: Readonly<Record<string, unknown>> = {}) => {
  const made = await plan(loaded, task, params);
  return made.ok
    ? {
        release: made.value.plan.release,
        notices: made.value.plan.notices,
        undone: made.value.plan.shipment?.undone.map(({ subject }) => subject),
      }
    : { problems: made.failure.map(({ sentence }) => sentence) };
};

test('a rollback compares files with the record, passes over what is damaged, and shows what it undoes', async () => {
  const { root, origin, releases } = published([1, 2, 3]);
  const loaded = await environment(root, origin, ['web']);
  const at = (index: number) => ({ id: releases[index]?.name, commit: releases[index]?.head, ref: undefined });
  expect(await planned(loaded, 'rollback')).toEqual({ release: at(1), notices: [], undone: ['Count to 3'] });
  appendFileSync(join(releases[1]?.into ?? '', 'app.py'), '#');
  expect(await planned(loaded, 'rollback')).toEqual({
    release: at(0),
    notices: [`passed over ${day(2)}: on web it is not as it was built: app.py`],
    undone: ['Count to 3', 'Count to 2'],
  });
  expect(await planned(loaded, 'rollback', { to: day(2) })).toEqual({
    problems: [`${day(2)} cannot be gone back to: on web it is not as it was built: app.py.`],
  });
  appendFileSync(join(releases[0]?.into ?? '', 'app.py'), '#');
  expect(await planned(loaded, 'rollback')).toEqual({
    problems: [
      `There is no release that every host can go back to. ${day(2)}: on web it is not as it was built: app.py. ${day(1)}: on web it is not as it was built: app.py.`,
    ],
  });
});

test('a rollback needs no clone of the code, and says what it then cannot show', async () => {
  const { root, origin } = published([1, 2]);
  const loaded = await environment(root, origin, ['web']);
  rmSync(origin, { recursive: true });
  expect(await planned(loaded, 'rollback')).toMatchObject({
    release: { id: day(1) },
    notices: ['the commits that this undoes cannot be shown: there is no clone of the code to look into'],
  });
});

test('foreign files and links among the releases are left alone by a whole deploy', async () => {
  const { root, origin } = published([1]);
  const loaded = await environment(root, origin, ['web']);
  write(join(root, 'releases'), { '2026-notes.txt': 'mine' });
  symlinkSync(origin, join(root, 'releases/2020-01-01_00.00.00'));
  const answer = await plan(loaded, 'deploy', {}, { answers: ['yes', 'same-commit'] });
  if (!answer.ok) throw new Error(answer.failure.map(({ sentence }) => sentence).join('\n'));
  expect(answer.value.plan.notices).toEqual([
    `${root}/releases on web holds what is no release and is left alone: 2020-01-01_00.00.00, 2026-notes.txt`,
  ]);
  const outcome = await run(answer.value);
  expect([outcome.status, outcome.ending]).toEqual([0, 'done']);
  expect(readFileSync(join(root, 'releases/2026-notes.txt'), 'utf8')).toBe('mine');
  expect(readlinkSync(join(root, 'releases/2020-01-01_00.00.00'))).toBe(origin);
});

test('hosts that took part in an interrupted publish are looked at for tasks with the fleet’s lock', async () => {
  const { root, origin } = published([1]);
  const loaded = await environment(root, origin, ['web', 'db', 'cache']);
  const txn: PublishRecord = {
    v: 1,
    epoch: 1,
    run: day(2),
    task: 'deploy',
    release: day(2),
    commit: null,
    phase: 'decided',
    participants: { web: null, db: null, gone: null },
    behind: {},
    user: 'ana',
    machine: 'laptop',
    at: '',
  };
  const task = findRunnable(loaded, 'rollback');
  if (!task.ok) throw new Error('There is no rollback.');
  const looked = async (lock: Task['lock']) =>
    (await lookAtHosts(loaded, { ...(task.value as Task), lock }, ['web'], {})).hosts.map(({ host }) => host);
  expect(await looked('exclusive')).toEqual(['web']);
  write(root, { '.fab/txn': JSON.stringify(txn) });
  expect(await looked('exclusive')).toEqual(['web', 'db']);
  expect(await looked('none')).toEqual(['web']);
});

import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createStep, newRelease, operation, role, task } from '../../src/api.ts';
import { staticOperations } from '../../src/operations/statics.ts';
import { LocalFleet, type Ran } from '../run/local-fleet.ts';

const statics = role('proxy');
const web = role('webworkers');
const files = staticOperations({ statics, web });

/** A `manage.py` whose commands leave what the real ones leave, and a name of their own on each host. */
const application = operation({
  name: 'test.application',
  roles: [statics, web],
  run: async ({ host, release }) => {
    await host.in(release.path)
      .run`mkdir -p python_env/bin staticfiles && echo from ${host.name} > staticfiles/left-over`;
    const python = `#!/bin/sh
shift
echo "$*" >> ../../commands
case $1 in
  resource_static) echo "{}" > resource_versions.json;;
  collectstatic) mkdir -p "staticfiles/a b"; echo ${host.name} > "staticfiles/a b/site.css"; rm -f staticfiles/left-over;;
  compress) mkdir -p staticfiles/CACHE; echo ${host.name} > staticfiles/CACHE/manifest.json;;
esac`;
    await host.put(python, `${release.path}/python_env/bin/python`, { mode: 0o755 });
  },
});

const make = task({
  name: 'make',
  description: 'Make static files.',
  release: newRelease,
  lock: 'release',
  steps: [
    createStep([statics, web]),
    application,
    ...[files.dependencies, files.version, files.collect, files.compress, files.offer, files.take, files.withdraw],
  ],
});

let fleet: LocalFleet;
beforeEach(() => {
  fleet = new LocalFleet({ proxy: ['proxy1', 'proxy2'], webworkers: ['web1', 'web2'] });
});
afterEach(() => fleet.close());

const run = async (settings: Readonly<Record<string, unknown>> = {}): Promise<Ran & { release: string }> => {
  const plan = await fleet.plan(make);
  const ran = await fleet.carryOut({ ...plan, settings });
  return { ...ran, release: plan.id };
};

const hosts = ['proxy1', 'proxy2', 'web1', 'web2'];
const on = (host: string, release: string, file: string): string => fleet.path(host, `releases/${release}/${file}`);

const expectTheSame = (release: string): void => {
  for (const host of hosts) {
    expect(readFileSync(on(host, release, 'staticfiles/a b/site.css'), 'utf8')).toBe('proxy1\n');
    expect(readFileSync(on(host, release, 'staticfiles/CACHE/manifest.json'), 'utf8')).toBe('proxy1\n');
    expect(readFileSync(on(host, release, 'resource_versions.json'), 'utf8')).toBe('{}\n');
    // What a host had there before does not stay beside it.
    expect(existsSync(on(host, release, 'staticfiles/left-over'))).toBe(false);
    expect(existsSync(on(host, release, '.fab/statics.tar.gz'))).toBe(false);
  }
};

test('are made once, and every other host gets them, with one manifest', async () => {
  const { outcome, release } = await run();
  expect([outcome.status, outcome.failures]).toEqual([0, []]);
  expectTheSame(release);
  const commands = readFileSync(fleet.path('proxy1', 'commands'), 'utf8');
  expect(commands.match(/^collectstatic /gm)).toHaveLength(1);
  for (const host of ['proxy2', 'web1', 'web2']) expect(existsSync(fleet.path(host, 'commands'))).toBe(false);
  // The balancers name a file's version by its time, so it is the same, too.
  const times = hosts.map((host) => Math.floor(statSync(on(host, release, 'staticfiles/a b/site.css')).mtimeMs / 1000));
  expect(new Set(times).size).toBe(1);
});

test('go through the directory that the hosts share, and leave nothing in it', async () => {
  const shared = join(fleet.folder, 'nfs');
  mkdirSync(shared);
  const { outcome, release, events } = await run({
    use_shared_dir_for_staticfiles: true,
    shared_dir_for_staticfiles: shared,
  });
  expect([outcome.status, outcome.failures]).toEqual([0, []]);
  expectTheSame(release);
  const archive = `${shared}/${release}.tar.gz`;
  expect(existsSync(archive)).toBe(false);
  const commands = events.flatMap((event) => (event.type === 'command-started' ? [event.command] : []));
  expect(commands.some((line) => line.includes(`tar -xzf ${archive}`))).toBe(true);
  expect(commands.some((line) => line.startsWith('put') && line.includes('statics.tar.gz'))).toBe(false);
});

test('a directory that is not shared is said, with where to look', async () => {
  const shared = join(fleet.folder, 'nfs');
  const vanish = operation({
    name: 'test.unmount',
    roles: [statics],
    once: true,
    run: ({ host, release }) => host.run`rm -f ${`${shared}/${release.id}.tar.gz`}`,
  });
  const steps = [
    createStep([statics, web]),
    application,
    ...[files.version, files.collect, files.offer, vanish, files.take],
  ];
  const plan = await fleet.plan(
    task({ name: 'make', description: 'Make.', release: newRelease, lock: 'release', steps }),
  );
  const { outcome } = await fleet.carryOut({
    ...plan,
    settings: { use_shared_dir_for_staticfiles: true, shared_dir_for_staticfiles: shared },
  });
  expect(outcome.status).toBe(1);
  expect(outcome.failures[0]?.failure).toMatchObject({
    message: expect.stringMatching(
      /is not here, though proxy1 wrote it: is the directory of shared_dir_for_staticfiles shared with/,
    ) as unknown,
  });
});

test('a build that left nothing fails where it was made, and nobody gets anything', async () => {
  const { outcome } = await run({ static_outputs: ['no-such-folder'] });
  expect(outcome.status).toBe(1);
  expect(outcome.failures.map(({ step, host }) => `${step} ${host}`)).toEqual(['static.offer proxy1']);
  expect(outcome.failures[0]?.failure).toMatchObject({ output: expect.stringContaining('left nothing') as unknown });
});

test('nothing outside of the release is ever removed', () => {
  const { static_outputs: outputs } = files.clear.settings;
  for (const wrong of ['..', '/srv', 'a/../../b', '', './a', '.fab'])
    expect(outputs.read([wrong])).toEqual({
      ok: false,
      failure: expect.stringContaining('inside the release') as unknown,
    });
  expect(outputs.read(['staticfiles', 'a/b'])).toEqual({ ok: true, value: ['staticfiles', 'a/b'] });
});

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jsonLines, openDesk, openWorld, well, type Desk, type Repository, type World } from '../end-to-end/world.ts';
import { describeFleet } from '../fleet/describe.ts';

// What a deploy costs in things that can be counted: they are the same on every machine, busy or not.

const preload = fileURLToPath(new URL('./modules.mjs', import.meta.url));

describeFleet('loopback', 'what a deploy asks of a host', () => {
  let world: World;
  let app: Repository;
  let fabfile: string;
  const deploy = async () => {
    app.commit({ 'a.txt': String(Math.random()) });
    return well(world.fab(['staging', 'deploy', '--yes', '--fabfile', fabfile, '--json']));
  };
  beforeAll(async () => {
    world = await openWorld({ kind: 'loopback', hosts: 2 });
    app = world.repository('app', { 'a.txt': 'one\n' });
    world.environment('staging', {
      groups: { web: ['web1', 'web2'] },
      settings: { code_repo: app.path, shared_paths: ['log/', 'media/'] },
    });
    fabfile = world.write({
      'fabfile.ts': `import { command, defaultTasks, role, sh } from 'fabwright';
const web = role('web');
export default defaultTasks({ roles: [web], build: [command('app.build', [web], sh\`cp a.txt built.txt\`)] });\n`,
    });
    await deploy();
  });
  afterAll(async () => world.stop());

  test('one connection and eight commands: look, hold the locks, code, links, build, verify, look again, clean', async () => {
    const used = () => world.fleet.hosts.map((host) => [host.connections(), host.sessions()] as const);
    const before = used();
    await deploy();
    expect(
      used().map(([connections, commands], index) => [connections - before[index]![0], commands - before[index]![1]]),
    ).toEqual([
      [1, 8],
      [1, 8],
    ]);
  });

  test('the controller’s mirror is asked for once a run', async () => {
    const trace = join(world.folder, 'git.trace');
    app.commit({ 'a.txt': 'traced' });
    await well(world.fab(['staging', 'deploy', '--yes', '--fabfile', fabfile], { env: { GIT_TRACE: trace } }));
    const started = readFileSync(trace, 'utf8').split('\n');
    expect(started.filter((line) => /trace: built-in: git fetch /.test(line))).toHaveLength(1);
  });
});

describeFleet('loopback', 'the pace of a fleet', () => {
  const names = Array.from({ length: 10 }, (_, index) => `web${index + 1}`);
  let world: World;
  beforeAll(async () => void (world = await openWorld({ kind: 'loopback', hosts: names })));
  afterAll(async () => world.stop());

  test('in perHost nine hosts are through while the tenth is still at the first step', async () => {
    world.environment('staging', { groups: { web: names } });
    const fabfile = world.write({
      'fabfile.ts': `import { noRelease, operation, perHost, role, sh, task } from 'fabwright';
const web = role('web');
const op = (name, command) => operation({ name, roles: [web], run: ({ host }) => host.run(command) });
const first = op('first', sh\`[ ! -e ~/slow ] || while [ ! -e ~/go ]; do sleep 0.05; done\`);
const last = op('last', sh\`true\`);
const after = op('after', sh\`true\`);
export default [task({ name: 'flow', description: 'Two steps and one more.', release: noRelease, steps: [perHost([first, last]), after] })];\n`,
    });
    await world.host('web10').exec('touch slow');
    const running = world.start(['staging', 'flow', '--fabfile', fabfile, '--json']);
    const finished = (step: string) =>
      jsonLines<{ type: string; step?: string; host?: string }>(whole(running.said()))
        .filter((event) => event.type === 'host-succeeded' && event.step === step)
        .map(({ host }) => host)
        .sort();
    const others = names.filter((name) => name !== 'web10').sort();
    while (finished('last').length < others.length && running.child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect([finished('first'), finished('last'), finished('after')]).toEqual([others, others, []]);
    await world.host('web10').exec('touch go');
    await well(running.ended);
    expect(finished('after')).toEqual([...names].sort());
  });
});

/** The lines of JSON among all that was said so far. */
const whole = (said: string): string => said.match(/^\{.*\}$/gm)?.join('\n') ?? '';

/** What is heavy, and what it is needed for. */
const heavy = {
  ssh2: /ssh2/,
  yaml: /\/yaml\//,
  prompts: /clack/,
  dates: /date-fns/,
  connections: /chunks\/connections/,
} as const;

let desk: Desk;
beforeAll(() => void (desk = openDesk()));
afterAll(() => desk.dispose());

test.each([
  ['--help', []],
  ['--version', []],
])('%s loads neither SSH nor YAML, prompts or dates', async (word, expected) => {
  const file = join(desk.folder, 'modules');
  rmSync(file, { force: true });
  await well(desk.fab([word], { env: { FAB_MODULES: file, NODE_OPTIONS: `--import=${preload}` } }));
  expect(existsSync(file)).toBe(true);
  const loaded = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const found = Object.entries(heavy).flatMap(([name, pattern]) =>
    loaded.some((each) => pattern.test(each)) ? [name] : [],
  );
  expect(found).toEqual(expected);
});

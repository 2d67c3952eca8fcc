import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jsonLines, openDesk, openWorld, well, type Desk, type Repository, type World } from '../end-to-end/world.ts';
import { describeFleet } from '../fleet/describe.ts';
import { openSlowLine, type SlowLine } from './slow-line.ts';

// What a deploy costs in things that can be counted: they are the same on every machine, busy or not.

const preload = fileURLToPath(new URL('./modules.mjs', import.meta.url));

/** What is heavy: packages that are loaded by name, and what was built into a chunk by the lines that stand above it there. */
const heavy = {
  ssh2: { module: /\bssh2\b/ },
  yaml: { module: /(^|\/)yaml(\/|$)/ },
  prompts: { module: /clack/ },
  fabfiles: { module: /\bjiti\b/ },
  dates: { source: 'node_modules/date-fns/' },
  connections: { source: 'src/transport/ssh.ts' },
  environments: { source: 'src/environment/environment.ts' },
  engine: { source: 'src/run/run.ts' },
  reports: { source: 'src/report/summary.ts' },
} as const;

const heavyIn = async (at: Desk, words: readonly string[]): Promise<readonly string[]> => {
  const file = join(at.folder, 'modules');
  rmSync(file, { force: true });
  await well(at.fab(words, { env: { FAB_MODULES: file, NODE_OPTIONS: `--import=${preload}` } }));
  const loaded = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const chunks = loaded
    .filter((each) => each.startsWith('file:') && each.includes('/dist/'))
    .map((each) => readFileSync(new URL(each), 'utf8'));
  expect(chunks.length).toBeGreaterThan(0);
  return Object.entries(heavy).flatMap(([name, sign]) =>
    (
      'module' in sign
        ? loaded.some((each) => sign.module.test(each))
        : chunks.some((chunk) => chunk.includes(`\n// ${sign.source}`))
    )
      ? [name]
      : [],
  );
};

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

  test('loads what is heavy, all but the prompts: so it is known when it is loaded', async () => {
    app.commit({ 'a.txt': 'heavy' });
    const loaded = await heavyIn(world, ['staging', 'deploy', '--yes', '--fabfile', fabfile]);
    expect(loaded).toEqual(Object.keys(heavy).filter((name) => name !== 'prompts'));
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

describeFleet('loopback', 'a deploy to a host far away', () => {
  let world: World;
  let line: SlowLine;
  beforeAll(async () => {
    world = await openWorld({ kind: 'loopback', hosts: 1 });
    line = await openSlowLine(world.host('web1'), 50);
  });
  afterAll(async () => {
    await line.close();
    await world.stop();
  });

  test('speaks again forty-two times after an answer: what a deploy over a long line takes', async () => {
    const app = world.repository('app', { 'a.txt': 'one\n' });
    const folder = world.environment('far', { settings: { code_repo: app.path, lease: 120, keepalive: 120 } });
    const { port } = world.host('web1');
    const moved = (name: string, from: string, to: string) =>
      writeFileSync(join(folder, name), readFileSync(join(folder, name), 'utf8').replaceAll(from, to));
    moved('inventory.ini', `ansible_port=${port}`, `ansible_port=${line.port}`);
    moved('known_hosts', `:${port} `, `:${line.port} `);
    await well(world.fab(['far', 'deploy', '--yes']));
    const counted: number[] = [];
    for (const round of [1, 2, 3]) {
      app.commit({ 'a.txt': String(round) });
      const before = line.turns();
      await well(world.fab(['far', 'deploy', '--yes']));
      counted.push(line.turns() - before);
    }
    // Some more where answers that nobody waits for come apart: a channel is opened while a keeper is being asked.
    expect(counted.filter((turns) => turns > 45)).toEqual([]);
    expect(Math.min(...counted)).toBeLessThanOrEqual(42);
  });
});

/** The lines of JSON among all that was said so far. */
const whole = (said: string): string => said.match(/^\{.*\}$/gm)?.join('\n') ?? '';

let desk: Desk;
beforeAll(() => void (desk = openDesk()));
afterAll(() => desk.dispose());

test.each(['--help', '--version', '-l'])('%s loads none of what is heavy', async (word) => {
  expect(await heavyIn(desk, [word])).toEqual([]);
});

import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openWorld, until, well, type World } from './world.ts';

const fabfile = `
import { command, during, durable, operation, parallel, perHost, role, sh, task, when, noRelease, newRelease, releaseOperations, notYet } from 'fabwright';
const web = role('web');
const release = releaseOperations({ roles: [web] });
const log = (host, word) => host.run(sh\`echo "$(date +%s%N)" \${word} >> ~/log\`);
const op = (name, seconds, more = {}) => operation({ name, roles: [web], ...more, run: async ({ host }) => {
  await log(host, name + ' begins');
  await host.run(sh\`sleep \${String(seconds)}\`);
  await log(host, name + ' ends');
} });

const ask = operation({ name: 'ask', roles: [web], once: true, run: ({ host }) => host.test(sh\`[ -e ~/yes ]\`) });
const count = operation({ name: 'count', roles: [web], run: async ({ host }) => Number(await host.read(sh\`ls ~ | wc -l\`)) });
const sum = operation({ name: 'sum', roles: [web], once: true, needs: { count, ask }, run: async ({ host, needs, say }) => {
  say('said ' + needs.ask + ' about ' + needs.count.values.length);
} });
const flow = task({ name: 'flow', description: 'All shapes.', release: noRelease, steps: [
  ask, count, sum,
  perHost([op('one', 0.1), op('two', 0.1)]),
  parallel([op('left', 0.5), op('right', 0.5)]),
  when(ask, { because: 'there is a yes', is: (yes) => yes === true }, [op('only-if', 0)]),
  op('rolling', 0.3, { batch: 1 }),
] });

const stop = operation({ name: 'stop', roles: [web], run: async ({ host }) => { await log(host, 'stop'); return host.name + '-was-running'; } });
const work = operation({ name: 'work', roles: [web], run: ({ host }) => host.run(sh\`echo working; [ ! -e ~/fail ] || exit 4; [ ! -e ~/slow ] || sleep 34567\`) });
const between = task({ name: 'between', description: 'With something stopped.', release: newRelease, steps: [
  release.create,
  during({ stop, start: async (stopped, host) => { await log(host, 'start ' + stopped.on(host)); } }, [work]),
] });
const gate = operation({ name: 'gate', roles: [web], run: async ({ host }) => { if (!(await host.test(sh\`[ -e ~/yes ]\`))) throw notYet('The index is still being built.'); } });
const waiting = task({ name: 'waiting', description: 'A gate.', release: noRelease, steps: [gate] });
const lasting = task({ name: 'lasting', description: 'One command.', release: newRelease, steps: [
  release.create, durable({ name: 'long', roles: [web], command: () => sh\`echo lasting > lasted\` }), command('short', [web], sh\`cat lasted\`) ] });
const deploy = task({ name: 'deploy', description: 'Something stopped around publishing.', steps: [
  release.create,
  during({ stop, start: async (stopped, host) => { await log(host, 'start ' + stopped.on(host)); } }, [work, release.publish]),
] });
const chosen = task({ name: 'chosen', description: 'Decided once.', steps: [
  release.create, ask, work, when(ask, { because: 'there is a yes', is: (yes) => yes === true }, [op('only-if', 0)]), release.publish ] });
export default [flow, between, waiting, lasting, deploy, chosen];
`;

describeFleet('namespaces', 'a fabfile of one’s own', () => {
  let world: World;
  let file: string;
  const hosts = ['web1', 'web2', 'web3'];
  const everywhere = (command: string) => Promise.all(hosts.map((name) => world.host(name).exec(command)));
  const fab = (...words: readonly string[]) => world.fab(['staging', ...words, '--fabfile', file]);
  /** What happened on a host, in order. */
  const log = (host: string): readonly { readonly at: bigint; readonly what: string }[] =>
    readFileSync(world.host(host).path('log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => ({ at: BigInt(line.split(' ')[0] ?? '0'), what: line.split(' ').slice(1).join(' ') }));
  const words = (host: string): readonly string[] => log(host).map(({ what }) => what);

  beforeAll(async () => {
    world = await openWorld({ kind: 'namespaces', hosts: 3 });
    file = world.write({ 'fabfile.ts': fabfile });
    world.environment('staging', { groups: { web: hosts }, settings: { code_repo: world.repository('app').path } });
  });
  afterAll(async () => world.stop());
  beforeEach(() => {
    for (const host of hosts)
      for (const name of ['log', 'yes', 'fail', 'slow', 'www'])
        rmSync(world.host(host).path(name), { recursive: true, force: true });
  });

  test('perHost, parallel, when, needs, batch', async () => {
    const without = await well(fab('flow'));
    expect(without.stdout).toContain('said false about 3');
    expect(words('web1')).not.toContain('only-if begins');
    expect(without.stdout).toMatch(/only-if.*not there is a yes/);
    await world.host('web1').exec('touch ~deploy/yes');
    rmSync(world.host('web1').path('log'));
    await well(fab('flow'));
    const entries = log('web1');
    const at = (what: string): bigint => entries.find((entry) => entry.what === what)?.at ?? 0n;
    expect(words('web1').slice(0, 4)).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
    // Both at once.
    expect(at('right begins') < at('left ends')).toBe(true);
    expect(at('left begins') < at('right ends')).toBe(true);
    expect(words('web1')).toContain('only-if ends');
    // One host after the other; the hosts share one clock.
    const rolling = hosts.map((host) =>
      log(host)
        .filter(({ what }) => what.startsWith('rolling'))
        .slice(-2),
    );
    const spans = rolling.map(([begin, end]) => [begin?.at ?? 0n, end?.at ?? 0n] as const);
    spans.sort(([a], [b]) => (a < b ? -1 : 1));
    expect(spans[0]![1] <= spans[1]![0] && spans[1]![1] <= spans[2]![0]).toBe(true);
  });

  test('what `during` stopped starts again: after success, failure and Ctrl-C', async () => {
    await well(fab('between'));
    expect(words('web2')).toEqual(['stop', 'start web2-was-running']);

    await world.host('web3').exec('touch ~deploy/fail');
    expect((await fab('between')).status).toBe(1);
    for (const host of hosts) expect(words(host).slice(2)).toEqual(['stop', `start ${host}-was-running`]);
    rmSync(world.host('web3').path('fail'));

    await everywhere('touch ~deploy/slow');
    const running = world.start(['staging', 'between', '--fabfile', file]);
    await until(async () => (await world.host('web2').exec('pgrep -f "^sleep 3456[7]"')).code === 0);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    for (const host of hosts) expect(words(host).slice(4)).toEqual(['stop', `start ${host}-was-running`]);
  });

  test('what a killed controller left stopped starts first of all when it is resumed', async () => {
    await everywhere('touch ~deploy/slow');
    const running = world.start(['staging', 'deploy', '--yes', '--fabfile', file]);
    await until(async () => (await world.host('web2').exec('pgrep -f "^sleep 3456[7]"')).code === 0);
    running.child.kill('SIGKILL');
    await running.ended;
    expect(words('web1')).toEqual(['stop']);
    const isFree = 'flock -n ~deploy/www/staging/.fab/lock true';
    await until(async () => (await everywhere(isFree)).every(({ code }) => code === 0), 20, 'free locks');
    await everywhere('rm ~deploy/slow');
    await well(fab('deploy', '--resume', '--yes'));
    for (const host of hosts)
      expect(words(host)).toEqual(['stop', `start ${host}-was-running`, 'stop', `start ${host}-was-running`]);
    expect(new Set(Object.values(world.current('staging'))).size).toBe(1);
  });

  test('the answer of a `when` is asked for once', async () => {
    await world.host('web1').exec('touch ~deploy/yes');
    await everywhere('touch ~deploy/fail');
    expect((await fab('chosen', '--yes')).status).toBe(1);
    await everywhere('rm -f ~deploy/yes ~deploy/fail');
    await well(fab('chosen', '--resume', '--yes'));
    expect(words('web1')).toEqual(['only-if begins', 'only-if ends']);
  });

  test('a gate that is not open: exit 5', async () => {
    const closed = await fab('waiting');
    expect(closed.status).toBe(5);
    expect(closed.stdout).toContain('The index is still being built.');
    await everywhere('touch ~deploy/yes');
    await well(fab('waiting'));
  });

  test('a command that may last, and one after it', async () => {
    await well(fab('lasting'));
    const [id = ''] = world.releases('web1', 'staging');
    expect(world.read('web1', 'staging', `releases/${id}/lasted`)).toBe('lasting\n');
  });

  test('--plan shows the shape and runs nothing', async () => {
    const plan = await well(fab('flow', '--plan'));
    expect(plan.stdout).toMatch(/only-if +\? +\? +\?/);
    expect(plan.stdout).toContain('if there is a yes');
    expect((await world.host('web1').exec('ls ~deploy')).stdout).not.toContain('log');
  });
});

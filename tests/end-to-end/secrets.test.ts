import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFleet } from '../fleet/describe.ts';
import { openWorld, type World } from './world.ts';

// Its last word stands for it in what is searched: no time stamp and no hash can hold it by chance.
const token = 't0k\'en $(id) "quoted" \\n zq4711wx';
const fabfile = `
import { defaultTasks, everyHost, operation, secret, sh } from 'fabwright';
const upload = operation({
  name: 'app.upload',
  roles: [everyHost],
  settings: { upload_token: secret({ description: 'for the store' }) },
  run: async ({ host, settings, release, say }) => {
    if (settings.upload_token === undefined) throw new Error('no token');
    await host.env({ UPLOAD_TOKEN: settings.upload_token }).in(release.path).run(sh\`
printf %s "$UPLOAD_TOKEN" > ~/seen
printf 'the token is %s\\\\n' "$UPLOAD_TOKEN"; printf 'and again %s\\\\n' "$UPLOAD_TOKEN" >&2
sleep 2\`);
    say('uploaded with ' + settings.upload_token.reveal());
    return { token: settings.upload_token.reveal() };
  },
});
const fails = operation({
  name: 'app.fails',
  roles: [everyHost],
  settings: { upload_token: secret({ description: 'for the store' }) },
  run: ({ host, settings }) => host.env({ T: settings.upload_token ?? '' }).run(sh\`printf 'bad %s\\\\n' "$T"; [ ! -e ~/fail ]\`),
});
export default defaultTasks({ roles: [everyHost], build: [upload, fails] });
`;

const everyFile = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);

/** The arguments of every process that is there now. */
const processList = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .join('\n');

describeFleet('namespaces', 'secrets', () => {
  let world: World;
  beforeAll(async () => void (world = await openWorld({ kind: 'namespaces', hosts: 2 })));
  afterAll(async () => world.stop());

  test('reach the command, and nothing else: no output, no log, no journal, no process list', async () => {
    const app = world.repository('app');
    const folder = world.environment('staging', { settings: { code_repo: app.path } });
    writeFileSync(join(folder, '.env'), `UPLOAD_TOKEN=\`${token}\`\n`);
    const file = world.write({ 'fabfile.ts': fabfile });
    const running = world.start(['staging', 'deploy', '--yes', '--verbose', '--fabfile', file]);
    // The hosts' processes are this machine's, seen from outside.
    const lists: string[] = [];
    const watching = setInterval(() => lists.push(processList()), 60);
    await world.host('web1').exec('touch ~deploy/fail');
    const failed = await running.ended;
    clearInterval(watching);
    expect(failed.status).toBe(1);
    const reached = readFileSync(world.host('web2').path('seen'), 'utf8');
    expect(reached).toBe(token);
    expect(lists.length).toBeGreaterThan(10);
    expect(lists.filter((list) => list.includes('zq4711wx'))).toEqual([]);
    expect(`${failed.stdout}${failed.stderr}`).not.toContain('zq4711wx');
    expect(failed.stdout).toContain('the token is');

    const [id = ''] = world.releases('web2', 'staging');
    const onController = everyFile(join(world.folder, 'state'));
    expect(onController.length).toBeGreaterThan(1);
    const onHosts = ['web1', 'web2'].flatMap((name) => everyFile(world.host(name).path('www/staging')));
    for (const path of [...onController, ...onHosts])
      expect([path, readFileSync(path, 'latin1').includes('zq4711wx')]).toEqual([path, false]);
    expect(world.read('web2', 'staging', `releases/${id}/.fab/journal.jsonl`)).toContain('app.upload');

    await world.host('web1').exec('rm ~deploy/fail');
    const json = await world.fab(['staging', 'deploy', '--resume', '--yes', '--json', '--fabfile', file]);
    expect(json.status).toBe(0);
    expect(`${json.stdout}${json.stderr}`).not.toContain('zq4711wx');
    const plan = await world.fab(['staging', 'deploy', '--plan', '--same-commit', '--json', '--fabfile', file]);
    expect(`${plan.stdout}${plan.stderr}`).not.toContain('zq4711wx');
  });
});

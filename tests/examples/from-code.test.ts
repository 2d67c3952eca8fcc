import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openWorld, type Ran, type Repository, type World } from '../end-to-end/world.ts';
import { describeFleet } from '../fleet/describe.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const jiti = join(dirname(fileURLToPath(import.meta.resolve('jiti/package.json'))), 'lib/jiti-cli.mjs');
const hosts = ['web1', 'web2'];
const steps = ['release.create', 'code.update', 'release.carry', 'release.link-shared', 'app.build'];

describeFleet('loopback', 'a deploy from a program', () => {
  let world: World;
  let repository: Repository;
  let program: string;

  /** As `npx jiti deploy.ts staging`, with the built package as its dependency. */
  const deploy = (environment = 'staging'): Promise<Ran> => world.fab([program, environment], { program: jiti });

  beforeAll(async () => {
    world = await openWorld({ kind: 'loopback', hosts });
    repository = world.repository('app');
    world.environment('staging', { settings: { code_repo: repository.path, build: 'echo built > built.txt' } });
    const folder = join(world.folder, 'from-code');
    cpSync(join(project, 'examples/from-code'), folder, { recursive: true });
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(join(world.folder, 'checkout'), join(folder, 'node_modules/fabwright'));
    program = join(folder, 'deploy.ts');
  });
  afterAll(() => world.stop());

  test('prints the plan, what is done, where every host stands, and what a view shows', async () => {
    const { status, stdout, stderr } = await deploy();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.split('\n');
    const both = 'web1, web2';
    expect(lines.filter((line) => line.startsWith('plan: '))).toEqual([
      ...steps.map((step) => `plan: ${step} on ${both}`),
      `plan: release.publish on ${both}`,
      `plan: release.clean on ${both}`,
    ]);
    expect(lines).toContain('done: release.publish');
    const release = world.current('staging')['web1']?.replace('releases/', '') ?? '';
    const commit = repository.git('rev-parse', 'HEAD');
    for (const host of hosts) expect(lines).toContain(`${host}: ${release} (${commit})`);
    expect(stdout).toContain(`staging: all 2 hosts on ${release}.`);
    expect(world.host('web1').connections()).toBe(1);
  });

  test('a step that fails is exit status 1, told, and nothing is published', async () => {
    const before = world.current('staging');
    world.environment('staging', {
      settings: { code_repo: repository.path, build: 'echo "no such thing" >&2; exit 7' },
    });
    const { status, stdout, stderr } = await deploy();
    expect(status).toBe(1);
    expect(stdout).toContain('failed: app.build');
    expect(stderr).toMatch(/app\.build on web\d:/);
    expect(stderr).toContain('no such thing');
    expect(world.current('staging')).toEqual(before);
  });

  test('problems are sentences and exit status 2', async () => {
    expect(await deploy('stagign')).toMatchObject({ status: 2, stderr: expect.stringContaining('stagign') });
    world.environment('staging', { settings: { code_repo: repository.path, default_branch: 'nowhere' } });
    const { status, stderr } = await deploy();
    expect(status).toBe(2);
    expect(stderr).toContain('nowhere');
  });

  test('what would be asked and is not answered stops it before anything is touched', async () => {
    const later = (hours: number): number => (new Date().getUTCHours() + hours) % 24;
    const window = { hour_start: later(2), hour_end: later(3), timezone: 'UTC' };
    world.environment('staging', {
      settings: { code_repo: repository.path, acceptable_maintenance_window: window },
    });
    const before = world.releases('web1', 'staging');
    const { status, stderr } = await deploy();
    expect(status).toBe(2);
    expect(stderr).toContain('--outside-window');
    expect(world.releases('web1', 'staging')).toEqual(before);
  });
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openWorld, type World } from '../end-to-end/world.ts';
import { describeFleet } from '../fleet/describe.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** Ten lines, as somebody writes them on the first day. */
const fabfile = `import { command, defaultTasks, role, sh, task, noRelease } from 'fabwright';

const web = role('web', { groups: ['webworkers'] });

const build = command('app.build', [web], sh\`echo \${'built it'} > built.txt\`);
const restart = command('app.restart', [web], sh\`pwd -P >> ../../restarts.txt\`, { in: 'current', batch: 1 });
const greet = command('app.greet', [web], sh\`echo \${'hello $USER'}\`, { in: 'current' });
const hello = task({ name: 'hello', description: 'Say hello.', release: noRelease, lock: 'none', steps: [greet] });

export default [...defaultTasks({ roles: [web], build: [build], restart: [restart] }), hello];
`;

const tsconfig = {
  compilerOptions: {
    ...{ target: 'es2022', module: 'nodenext', strict: true, noUncheckedIndexedAccess: true },
    ...{ skipLibCheck: false, types: ['node'], outDir: 'compiled' },
  },
  include: ['*.ts'],
};

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

describeFleet('loopback', 'the package, installed into an empty project', () => {
  let world: World;
  let home: string;
  let files: readonly string[];

  /** As a person there types it: their own npm settings, nothing of this run's. */
  const type = (program: string, words: readonly string[], cwd = home): Promise<Ended> =>
    new Promise((resolve) => {
      const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS|JEST_|FAB_)/i.test(name));
      const env = {
        ...Object.fromEntries(own),
        NO_COLOR: '1',
        XDG_STATE_HOME: join(world.folder, 'state'),
        XDG_CACHE_HOME: join(world.folder, 'cache'),
      };
      const child = execFile(program, words, { cwd, env, maxBuffer: 1e8 }, (_, out, err) =>
        resolve({ status: child.exitCode, out, err }),
      );
      child.stdin?.end();
    });
  const npx = (...words: readonly string[]): Promise<Ended> => type('npx', ['--no-install', ...words]);

  beforeAll(async () => {
    // A desk builds dist/ and keeps a copy of it; what is packed is that copy, whoever builds meanwhile.
    world = await openWorld({ kind: 'loopback', hosts: 2 });
    const checkout = join(world.folder, 'checkout');
    for (const name of readdirSync(project))
      if (!['dist', 'node_modules', 'package.json', '.git', '.cache'].includes(name))
        cpSync(join(project, name), join(checkout, name), { recursive: true });
    const packed = await type(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', world.folder],
      checkout,
    );
    expect(packed).toMatchObject({ status: 0 });
    const [tarball] = JSON.parse(packed.out) as [{ filename: string; files: readonly { path: string }[] }];
    files = tarball.files.map(({ path }) => path);
    home = join(world.folder, 'project');
    mkdirSync(home);
    writeFileSync(join(home, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }\n');
    const types = `@types/node@${manifest.devDependencies['@types/node'] ?? 'latest'}`;
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    const installed = await type('npm', ['install', ...quiet, join(world.folder, tarball.filename), types]);
    expect(installed).toMatchObject({ status: 0 });
  }, 180_000);
  afterAll(() => world.stop());

  test('holds what a user needs, and nothing else', () => {
    const folders = new Set(files.filter((path) => path.includes('/')).map((path) => path.split('/')[0]));
    expect([...folders].sort()).toEqual(['dist', 'docs']);
    const top = files.filter((path) => !path.includes('/')).sort();
    expect(top).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'releases-layout.md']);
    const compiled = files.filter((path) => path.startsWith('dist/'));
    expect(compiled.filter((path) => !/\.(js|d\.ts)$/.test(path))).toEqual([]);
    for (const path of compiled.filter((each) => each.endsWith('.js') && !each.startsWith('dist/chunks/')))
      expect(compiled).toContain(path.replace(/\.js$/, '.d.ts'));
    expect(files.filter((path) => path.startsWith('docs/') && !/\.(md|svg|png)$/.test(path))).toEqual([]);
    expect(files.filter((path) => /test|fixture/.test(path) && !/^dist\/testing\./.test(path))).toEqual([]);
  });

  test('every entry of its exports can be imported, and is there for require.resolve, too', async () => {
    const code = `
      const api = await import('fabwright');
      const kit = await import('fabwright/testing');
      console.log(typeof api.defaultTasks, Object.keys(kit).length > 0);
      await import('fabwright/dist/index.js').catch((error) => console.log(error.code));`;
    const { out } = await type(process.execPath, ['--input-type=module', '-e', code]);
    expect(out).toBe('function true\nERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });

  test('a fabfile and a program of one’s own compile, its types checked whole', async () => {
    writeFileSync(join(home, 'fabfile.ts'), fabfile);
    cpSync(join(project, 'examples/from-code/deploy.ts'), join(home, 'deploy.ts'));
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(tsconfig));
    // What must not compile does not: the types are there, not `any`.
    const wrong = `import { role } from 'fabwright';\n// @ts-expect-error a role has a name\nexport default role(7);\n`;
    writeFileSync(join(home, 'wrong.ts'), wrong);
    expect(await type(process.execPath, [tsc, '-p', '.'])).toEqual({ status: 0, out: '', err: '' });
  }, 120_000);

  test('npx fab and npx fabwright are one program', async () => {
    const list = await npx('fab', '-l');
    expect(list).toMatchObject({ status: 0 });
    expect(list.out).toMatch(/^ {2}deploy {2,}/m);
    expect(list.out).toMatch(/^ {2}hello {2,}Say hello\.$/m);
    expect((await npx('fabwright', '--version')).out).toBe(`fabwright ${manifest.version}\n`);
  });

  test('deploys, with the fabfile as it is and as it was compiled', async () => {
    const repository = world.repository('app');
    const groups = { webworkers: ['web1', 'web2'] };
    world.fleet.writeEnvironment(join(home, 'environments'), 'staging', {
      groups,
      settings: { code_repo: repository.path },
    });
    const first = await npx('fab', 'staging', 'deploy', '--yes');
    expect(first).toMatchObject({ status: 0 });
    const live = world.current('staging');
    expect(new Set(Object.values(live)).size).toBe(1);
    for (const host of groups.webworkers) {
      expect(world.read(host, 'staging', 'current/built.txt')).toBe('built it\n');
      expect(world.read(host, 'staging', 'restarts.txt')).toContain(live[host]);
    }
    expect((await npx('fab', 'staging', 'hello')).out).toContain('[web1] hello $USER');
    repository.commit({ 'new.txt': 'new' });
    const compiled = ['--fabfile', 'compiled/fabfile.js'];
    expect(existsSync(join(home, 'compiled/fabfile.js'))).toBe(true);
    expect(await npx('fabwright', 'staging', 'deploy', '--yes', ...compiled)).toMatchObject({ status: 0 });
    expect(world.current('staging')['web1']).not.toBe(live['web1']);
  });
});

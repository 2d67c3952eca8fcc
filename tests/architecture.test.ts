import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as everything from '../src/index.ts';

const root = join(import.meta.dirname, '..');
const source = join(root, 'src');

// The list is plain JavaScript, because the linter's configuration is.
const { layers } = (await import(new URL('../scripts/layers.mjs', import.meta.url).href)) as {
  layers: readonly (readonly string[])[];
};

interface Import {
  readonly from: string;
  readonly to: string;
  /** Gone when compiled. */
  readonly typeOnly: boolean;
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

const importsOf = (file: string): readonly Import[] => {
  const text = readFileSync(join(source, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^;'`]*?from\s+'([^']+)'/gm);
  const bare = text.matchAll(/^import\s+()'([^']+)'/gm);
  const late = text.matchAll(/\bimport\(\s*()'([^']+)'/g);
  return [...statements, ...bare, ...late].map(([, type, to = '']) => ({
    from: file,
    to: to.startsWith('.') ? relative(source, join(source, dirname(file), to)) : to,
    typeOnly: type !== undefined && type !== '',
  }));
};

const imports = files.flatMap(importsOf);
const inside = imports.filter(({ to }) => to.endsWith('.ts'));
const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '');
const rowOf = (folder: string): number => layers.findIndex((row) => row.includes(folder));
const shown = ({ from, to }: Import): string => `${from} → ${to}`;

describe('imports', () => {
  test('are found: nearly every file has some, and each leads to a file', () => {
    expect(files.length).toBeGreaterThan(150);
    expect(inside.length).toBeGreaterThan(files.length);
    expect(inside.filter(({ to }) => !existsSync(join(source, to))).map(shown)).toEqual([]);
  });

  test('every folder has its place', () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => folder !== '' && rowOf(folder) < 0)).toEqual([]);
    expect(files.filter((file) => folderOf(file) === '').sort()).toEqual(['api.ts', 'index.ts', 'testing.ts']);
  });

  test('go one way', () => {
    const wrong = inside.filter(({ from, to }) => {
      const [own, other] = [folderOf(from), folderOf(to)];
      return own !== '' && other !== '' && own !== other && rowOf(other) >= rowOf(own);
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  test('have no cycles', () => {
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      state.set(file, 'open');
      for (const { to } of inside.filter(({ from, typeOnly }) => from === file && !typeOnly))
        visit(to, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test('of the built-ins are the public API and each other, nothing else', () => {
    const own = imports.filter(({ from }) => ['operations', 'tasks'].includes(folderOf(from)));
    const allowed = ({ from, to }: Import): boolean =>
      to === 'api.ts' ||
      to.startsWith('node:') ||
      folderOf(to) === folderOf(from) ||
      (folderOf(from) === 'tasks' && folderOf(to) === 'operations');
    expect(own.filter((each) => !allowed(each)).map(shown)).toEqual([]);
  });

  test('of api.ts are values, so that it stays quick to load: no connection, no survey, no package but date-fns', () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { to } of imports.filter(({ from, typeOnly }) => from === file && !typeOnly)) visit(to);
    };
    visit('api.ts');
    const [own, foreign] = [
      [...reached].filter((each) => each.endsWith('.ts') && each !== 'api.ts'),
      [...reached].filter((each) => !each.endsWith('.ts') && !each.startsWith('node:')),
    ];
    expect([...new Set(own.map(folderOf))].sort()).toEqual(['model', 'session', 'source']);
    // Of the sessions only the text of commands: how a durable step is looked at.
    expect(own.filter((each) => folderOf(each) === 'session').sort()).toEqual([
      'session/durable-script.ts',
      'session/durable.ts',
      'session/step-state.ts',
    ]);
    expect(foreign.filter((each) => !/^(@date-fns\/utc|date-fns)($|\/)/.test(each))).toEqual([]);
  });

  test('of date-fns stand in one file, by sub-path', () => {
    expect(imports.filter(({ to }) => to.includes('date-fns')).map(shown)).toEqual([
      'model/release-name.ts → @date-fns/utc/date/mini',
      'model/release-name.ts → date-fns/addDays',
      'model/release-name.ts → date-fns/lightFormat',
    ]);
  });

  test('of packages are declared, and what is declared is used', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const packages = imports
      .filter(({ to }) => !to.endsWith('.ts') && !to.startsWith('node:'))
      .map(({ to }) => /^(?:@[^/]+\/)?[^/]+/.exec(to)?.[0] ?? to);
    expect([...new Set(packages)].sort()).toEqual(Object.keys(dependencies).sort());
  });
});

test('only the program itself and the demo fleet’s process end the process', () => {
  const ending = files.filter((file) => /\bprocess\.(exit|abort)\(/.test(readFileSync(join(source, file), 'utf8')));
  expect(ending.filter((file) => folderOf(file) !== 'demo')).toEqual(['cli/bin.ts']);
});

test('what is exported, nothing else', () => {
  expect(Object.keys(everything).sort()).toEqual([
    'ByHost',
    'CommandFailed',
    'Interrupted',
    'ProblemsFound',
    'Secret',
    'anyCommand',
    'appOperations',
    'branchGuard',
    'changedFileText',
    'changedTracked',
    'choice',
    'cleanStep',
    'codeOperations',
    'command',
    'commcarePrograms',
    'confirmGuard',
    'count',
    'createStep',
    'currentRelease',
    'databaseOperations',
    'defaultTasks',
    'deliver',
    'djangoOperations',
    'durable',
    'during',
    'duringDeploy',
    'everyHost',
    'fetchFrom',
    'flag',
    'formplayerOperations',
    'generalTasks',
    'hostsOfRole',
    'hotfixOperations',
    'hotfixRelease',
    'http',
    'isReleaseId',
    'isWayBack',
    'list',
    'load',
    'look',
    'mirrorName',
    'nameOfPin',
    'newRelease',
    'noProcesses',
    'noRelease',
    'notYet',
    'notifyOperations',
    'openRepository',
    'operation',
    'orThrow',
    'packCache',
    'parallel',
    'parseChangedFiles',
    'perHost',
    'pinnedUntil',
    'plan',
    'plannedSteps',
    'preindexOperations',
    'prepareMirror',
    'previousRelease',
    'probe',
    'problemText',
    'programGroup',
    'publishStep',
    'putShared',
    'pythonOperations',
    'quote',
    'rebuiltRelease',
    'receivePack',
    'releaseDate',
    'releaseOperations',
    'releaseRef',
    'resumeLine',
    'role',
    'run',
    'sameCommitGuard',
    'secret',
    'serviceOperations',
    'settlementOf',
    'sh',
    'shell',
    'sourceParts',
    'staticOperations',
    'stepEnded',
    'stepState',
    'supervisorOperations',
    'task',
    'text',
    'translationOperations',
    'unequal',
    'verify',
    'view',
    'views',
    'watch',
    'when',
    'windowGuard',
    'words',
    'writeOut',
  ]);
});

test('fab -l loads no connection, no prompt and no settings file reader', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fab-loaded-'));
  try {
    writeFileSync(
      join(folder, 'fabfile.mjs'),
      `import { noRelease, task } from 'fabwright';
export default [task({ name: 'own_task', description: 'A task.', release: noRelease, lock: 'none', steps: [] })];
`,
    );
    const coverage = join(folder, 'coverage');
    // Node writes down every script that it has loaded.
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/cli/bin.js'), '-l'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder, NODE_V8_COVERAGE: coverage },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('own_task');
    const scripts = readdirSync(coverage).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8')) as {
        readonly result: readonly { readonly url: string }[];
      };
      return result.map(({ url }) => url);
    });
    const packages = scripts.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
    const loaded = [...new Set(packages)].sort();
    expect(scripts.some((url) => url.endsWith('dist/cli/bin.js'))).toBe(true);
    expect(loaded).toContain('jiti');
    for (const heavy of ['ssh2', 'node-ssh', '@clack/prompts', 'dotenv', 'valibot'])
      expect(loaded).not.toContain(heavy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

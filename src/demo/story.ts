import { spawn } from 'node:child_process';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askHosts, demoRoot, wrongWith } from './answers.ts';
import { commitNextVersion, ensureAppRepository, type DemoCommit } from './app-repository.ts';
import { ensureDemoFleet, type DemoFleet } from './fleet.ts';
import { ActFailed, type Narrator } from './narrator.ts';
import { treeLines } from './tree.ts';

/** Where the story plays. */
export interface Stage {
  readonly project: string;
  /** The folder of the demo's environment. */
  readonly environment: string;
  /** The folder of environments that holds it. */
  readonly environments: string;
  /** The sources of the application. */
  readonly source: string;
}

/**
 * Plays the demo: a fleet, an application, two deploys and a rollback, each checked from outside.
 * @throws ActFailed when an act does not end as it must.
 */
export const playStory = async (stage: Stage, narrator: Narrator): Promise<void> => {
  const { act, line } = narrator;
  const fab = (...words: readonly string[]): Promise<void> => runFab(stage, narrator, words);
  const committed = async (fleet: DemoFleet): Promise<DemoCommit> => {
    const commit = await commitNextVersion(fleet.folder.app);
    line(`Committed "${commit.version}" as ${commit.hash.slice(0, 10)}.`);
    return commit;
  };

  const fleet = await act('Start three hosts on this machine', async () => {
    const up = await ensureDemoFleet(stage.environment);
    for (const { name, port } of up.hosts)
      line(`${name} speaks SSH on 127.0.0.1:${port}; its home is ${shownPath(stage, up.folder.home(name))}`);
    return up;
  });

  const before = await act('Make a git repository of a small web application', async () => {
    await ensureAppRepository(fleet.folder.app, stage.source);
    line(`It is in ${shownPath(stage, fleet.folder.app)}.`);
    return committed(fleet);
  });

  await act('Deploy it', async () => {
    await fab('demo', 'deploy', '--yes');
    await show(fleet, narrator, before.version);
  });

  await act('Change it and deploy again', async () => {
    const after = await committed(fleet);
    await fab('demo', 'deploy', '--yes');
    await show(fleet, narrator, after.version);
  });

  await act('Roll back', async () => {
    await fab('demo', 'rollback', '--yes');
    await show(fleet, narrator, before.version);
  });

  await act('Look at one host', () => {
    const host = fleet.hosts[0]?.name ?? '';
    line(`${host}:~/www/demo`);
    for (const each of treeLines(demoRoot(fleet.folder, host), 2)) line(`  ${each}`);
    return Promise.resolve();
  });

  sayWhatNext(stage, fleet, narrator);
};

const show = async ({ folder, hosts }: DemoFleet, { line }: Narrator, version: string): Promise<void> => {
  const answers = await askHosts(folder, hosts);
  for (const { host, url, served } of answers)
    line(
      `${host} ${url} answers: ${served === undefined ? 'nothing' : `${served.version}, release ${served.release}`}`,
    );
  const wrong = wrongWith(answers, version);
  if (wrong.length > 0) throw new ActFailed(wrong);
};

/** Runs the command line as a person would, on this terminal. */
const runFab = async (
  { project, environments }: Stage,
  { line }: Narrator,
  words: readonly string[],
): Promise<void> => {
  line(`$ npx fab ${words.join(' ')}`);
  line('');
  const fab = fileURLToPath(new URL('../cli/bin.js', import.meta.url));
  const child = spawn(process.execPath, [fab, '--environments', environments, ...words], {
    cwd: project,
    stdio: 'inherit',
  });
  // The terminal sends Ctrl-C to both. Only one of them has something to put in order, and to say.
  const wait = (): void => undefined;
  const end = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', wait);
  process.on('SIGTERM', end);
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => resolve(code ?? 1));
    });
    line('');
    if (status !== 0) throw new ActFailed([`npx fab ${words.join(' ')} ended with status ${status}.`], status);
  } finally {
    process.off('SIGINT', wait);
    process.off('SIGTERM', end);
  }
};

const shownPath = ({ project }: Stage, path: string): string => {
  const short = relative(project, path);
  return short.startsWith('..') ? path : short;
};

const sayWhatNext = (stage: Stage, { folder, hosts }: DemoFleet, { line }: Narrator): void => {
  line('');
  line('The hosts stay up. Try:');
  const fab =
    relative(stage.project, stage.environments) === 'environments'
      ? 'npx fab'
      : `npx fab --environments ${stage.environments}`;
  const app = shownPath(stage, folder.app);
  for (const command of [
    `${fab} demo releases`,
    `${fab} demo status`,
    `${fab} demo run 'readlink www/demo/current'`,
    `echo 'Version 99' > ${app}/version.txt && git -C ${app} commit -am 'Version 99'`,
    `${fab} demo deploy --plan`,
    `${fab} demo deploy`,
    `curl http://127.0.0.1:${hosts[0]?.appPort ?? ''}/`,
    'npm run demo -- --down',
  ])
    line(`  ${command}`);
};

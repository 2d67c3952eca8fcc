import { join, resolve } from 'node:path';
import { writeMissingEnvironment } from './environment.ts';
import { demoFolder, isDemoEnvironment } from './folder.ts';
import type { DemoHost } from './inventory.ts';
import { ActFailed, createNarrator } from './narrator.ts';
import { freePorts } from './ports.ts';
import { playStory, type Stage } from './story.ts';
import { takeDown, wipe } from './take-down.ts';

const usage = `npm run demo                play the demo: three hosts, two deploys, one rollback
npm run demo -- --fresh     the same, with everything of an earlier demo deleted first
npm run demo -- --down      end the hosts and what runs on them

FAB_DEMO_DIR=FOLDER keeps a demo of its own in FOLDER, on ports of its own.`;

/** What the demo is asked for, and where. */
export interface DemoRequest {
  /** The root of the project. */
  readonly project: string;
  readonly words: readonly string[];
  /** Keeps a demo of its own there, beside the project's: for tests. */
  readonly directory: string | undefined;
  readonly write: (line: string) => void;
}

/** Does what `npm run demo` was asked for; the answer is its exit status. */
export const runDemo = async ({ project, words, directory, write }: DemoRequest): Promise<number> => {
  const unknown = words.filter((word) => !['--down', '--fresh', '--help'].includes(word));
  if (unknown.length > 0 || words.includes('--help')) {
    write(unknown.length > 0 ? `The demo does not know ${unknown.join(' ')}.\n\n${usage}` : usage);
    return unknown.length > 0 ? 2 : 0;
  }
  const stage = stageOf(project, directory);
  const narrator = createNarrator(write);
  try {
    if (words.includes('--down')) {
      await down(stage, write);
      if (words.includes('--fresh')) await wipe(stage.environment);
      return 0;
    }
    await prepare(stage, directory);
    if (words.includes('--fresh')) {
      await takeDown(stage.environment);
      await wipe(stage.environment);
    }
    const started = performance.now();
    await playStory(stage, narrator);
    write(`\nEverything was as it must be, in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
    return 0;
  } catch (error) {
    if (!(error instanceof ActFailed)) throw error;
    write(`\nThe demo failed. ${error.message}`);
    return error.status;
  }
};

const stageOf = (project: string, directory: string | undefined): Stage => {
  const environments = join(directory === undefined ? project : resolve(directory), 'environments');
  return {
    project,
    environments,
    environment: join(environments, 'demo'),
    source: join(project, 'examples', 'node-app'),
  };
};

const down = async ({ environment }: Stage, write: (line: string) => void): Promise<void> => {
  const { applications, fleet } = isDemoEnvironment(environment)
    ? await takeDown(environment)
    : { applications: [], fleet: false };
  write(fleet ? 'The demo fleet is down.' : 'The demo fleet was not up.');
  if (applications.length > 0) write(`Ended the application on ${applications.join(', ')}.`);
};

/** The project's own environment is committed; another one is made here, on ports that are free. */
const prepare = async ({ environment, source }: Stage, directory: string | undefined): Promise<void> => {
  if (directory === undefined) return;
  const ports = await freePorts(6);
  const hosts = [1, 2, 3].map((number): DemoHost => ({
    name: `web${number}`,
    port: ports[number - 1] ?? 0,
    appPort: ports[number + 2] ?? 0,
  }));
  await writeMissingEnvironment(demoFolder(environment, resolve(directory)), hosts, join(source, 'fabfile.ts'));
};

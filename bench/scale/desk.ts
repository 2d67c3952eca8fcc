import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runController, type ControllerRun } from '../measure/controller.ts';
import { temporaryFolder } from '../measure/temporary-folder.ts';

const program = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

/** The machine that deploys: the built program, with folders of its own for all that it keeps. */
export interface Desk {
  readonly folder: string;
  readonly environments: string;
  /** Deploys the branch and measures that; throws with the last words unless it ends with 0. */
  deploy(environment: string, options?: DeployOptions): Promise<ControllerRun>;
  dispose(): void;
}

export interface DeployOptions {
  /** Besides, or instead of, the variables that every deploy here is started with. */
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds after which it is killed. */
  readonly patience?: number;
  /** Node writes a `.cpuprofile` of the controller into this folder. */
  readonly profile?: string | undefined;
}

/** A desk in a new folder. The program must have been built. */
export const openDesk = (): Desk => {
  const files = temporaryFolder('desk');
  const folder = files.path;
  const environments = join(folder, 'environments');
  mkdirSync(environments);
  const surroundings = {
    ...process.env,
    NODE_OPTIONS: '',
    NO_COLOR: '1',
    FAB_ENVIRONMENTS: environments,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_STATE_HOME: join(folder, 'state'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  return {
    folder,
    environments,
    deploy: async (environment, { env = {}, patience = 900, profile } = {}) => {
      const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
      const run = await runController(
        {
          program: process.execPath,
          words: [...flags, program, environment, 'deploy', '--yes'],
          cwd: folder,
          env: { ...surroundings, ...env },
        },
        { log: join(folder, 'deploy.log'), patience },
      );
      if (run.status !== 0) throw new Error(`deploy ended with ${run.status ?? 'a signal'}: ${lastWords(run.said)}`);
      return run;
    },
    dispose: () => files.remove(),
  };
};

const lastWords = (said: string): string => said.trim().split('\n').slice(-15).join('\n');

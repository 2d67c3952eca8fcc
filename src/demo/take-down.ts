import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { demoRoot } from './answers.ts';
import { readIfThere } from './environment.ts';
import { demoFleetRunning, stopDemoFleet } from './fleet.ts';
import { readDemoFolder } from './folder.ts';
import { demoHosts } from './inventory.ts';
import { endProcess } from './process.ts';

/** What was running and is not any more. */
export interface TakenDown {
  readonly applications: readonly string[];
  readonly fleet: boolean;
}

/** Ends the fleet of an environment and the applications on its hosts, each by its recorded id. */
export const takeDown = async (environment: string): Promise<TakenDown> => {
  const folder = readDemoFolder(environment);
  const hosts = demoHosts((await readIfThere(folder.inventory)) ?? '');
  // The fleet first: a deploy under way must not start an application again behind our back.
  const fleet = await stopDemoFleet(environment);
  const applications: string[] = [];
  for (const { name } of hosts) {
    const root = demoRoot(folder, name);
    const pid = Number(await readIfThere(join(root, 'log', 'app.pid')));
    if (pid > 1 && (await endProcess(pid, root))) applications.push(name);
  }
  return { applications, fleet };
};

/**
 * Deletes what a fleet that is down has kept: hosts, keys, log and the application's repository.
 * @throws Error when it is up.
 */
export const wipe = async (environment: string): Promise<void> => {
  if ((await demoFleetRunning(environment)) !== undefined) throw new Error('The demo fleet is still up.');
  const { state, key, log, pid, app, starting } = readDemoFolder(environment);
  // One by one: a marker that names the wrong folder must not cost anybody that folder.
  for (const path of [join(state, 'hosts'), key, `${key}.pub`, log, pid, app, starting])
    await rm(path, { recursive: true, force: true });
};

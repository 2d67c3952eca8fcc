import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIfThere } from './environment.ts';
import { readDemoFolder, type DemoFolder } from './folder.ts';
import { demoHosts, type DemoHost } from './inventory.ts';
import type { FleetReport } from './main.ts';
import { endProcess, wordsOf } from './process.ts';
import { oneAtATime } from './starting.ts';

/** A demo fleet that is up. */
export interface DemoFleet {
  /** The process that plays the hosts. */
  readonly pid: number;
  readonly hosts: readonly DemoHost[];
  readonly folder: DemoFolder;
}

/** The fleet of an environment, if it is up. */
export const demoFleetRunning = async (environment: string): Promise<DemoFleet | undefined> => {
  const folder = readDemoFolder(environment);
  const pid = await recordedProcess(folder);
  if (pid === undefined || !wordsOf(pid).includes(folder.environment)) return undefined;
  return { pid, folder, hosts: demoHosts(await readFile(folder.inventory, 'utf8')) };
};

/**
 * Sees to it that the fleet of an environment is up, from the folders on disk where there are any,
 * and waits until its ports answer. Several commands may ask at once.
 * @throws Error with the fleet's own words when it cannot start.
 */
export const ensureDemoFleet = async (environment: string): Promise<DemoFleet> => {
  const running = await demoFleetRunning(environment);
  if (running !== undefined) return running;
  const folder = readDemoFolder(environment);
  await mkdir(folder.state, { recursive: true, mode: 0o700 });
  return oneAtATime(folder.starting, async () => (await demoFleetRunning(environment)) ?? startFleet(folder));
};

/**
 * Ends the process of an environment's fleet by its recorded id. What runs on its hosts goes on.
 * @returns whether it was up.
 */
export const stopDemoFleet = async (environment: string): Promise<boolean> => {
  const folder = readDemoFolder(environment);
  const pid = await recordedProcess(folder);
  const wasUp = pid !== undefined && (await endProcess(pid, folder.environment));
  await rm(folder.pid, { force: true });
  return wasUp;
};

const recordedProcess = async ({ pid: file }: DemoFolder): Promise<number | undefined> => {
  const recorded = Number(await readIfThere(file));
  return Number.isSafeInteger(recorded) && recorded > 1 ? recorded : undefined;
};

const startFleet = async (folder: DemoFolder): Promise<DemoFleet> => {
  const words = [...entry(), folder.environment];
  const log = openSync(folder.log, 'a', 0o600);
  const child = spawn(process.execPath, words, {
    cwd: folder.state,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  try {
    const report = await reportOf(child);
    if (!report.ready) throw new Error(`The demo fleet cannot start: ${report.sentence}`);
  } catch (error) {
    child.kill();
    throw error;
  }
  if (child.pid === undefined) throw new Error('The demo fleet has no process.');
  child.unref();
  return { pid: child.pid, folder, hosts: demoHosts(await readFile(folder.inventory, 'utf8')) };
};

/** Tests run from the sources, which Node 20 cannot run by itself. */
const entry = (): readonly string[] => {
  const extension = extname(fileURLToPath(import.meta.url));
  const main = fileURLToPath(new URL(`../demo/main${extension}`, import.meta.url));
  // Not `jiti/register`: that would be looked for from the working directory.
  return extension === '.ts' ? ['--import', import.meta.resolve('jiti/register'), main] : [main];
};

const reportOf = (child: ChildProcess): Promise<FleetReport> =>
  new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as FleetReport));
    child.once('error', reject);
    child.once('exit', (status, signal) =>
      reject(new Error(`The demo fleet ended while it started (${signal ?? `status ${status ?? '?'}`}); see its log.`)),
    );
  });

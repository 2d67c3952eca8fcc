import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newKeyPair } from '../../../src/demo/keys.ts';
import { demoUser } from '../../../src/demo/ssh-host.ts';
import { writeEnvironment } from '../../../tests/fleet/environment.ts';
import type { EnvironmentOptions } from '../../../tests/fleet/index.ts';
import { temporaryFolder } from '../../measure/temporary-folder.ts';
import type { Stage } from './hosts.ts';
import type { Said } from './main.ts';
import type { Tally } from './ssh-server.ts';

/** Hosts that a few processes play. */
export interface SimulatedFleet {
  /** The processes that speak SSH for them. */
  readonly pids: readonly number[];
  /** What each of them has seen so far. */
  seen(): Promise<readonly Tally[]>;
  writeEnvironment(environments: string, name: string, options?: EnvironmentOptions): string;
  stop(): Promise<void>;
}

/** A process that starts commands stands still meanwhile, the longer the more hosts it holds in memory. */
export const hostsPerProcess = 100;

/** Starts processes that speak SSH for so many hosts on ports of 127.0.0.1. */
export const startSimulatedFleet = async (hosts: number): Promise<SimulatedFleet> => {
  const files = temporaryFolder('simulated');
  const folder = files.path;
  const keyFile = join(folder, 'id_ed25519');
  const pair = newKeyPair('simulated fleet');
  writeFileSync(keyFile, pair.private, { mode: 0o600 });
  const stages = Array.from({ length: Math.ceil(hosts / hostsPerProcess) }, (_, index): Stage => ({
    folder: join(folder, 'homes'),
    first: index * hostsPerProcess + 1,
    hosts: Math.min(hostsPerProcess, hosts - index * hostsPerProcess),
    authorized: pair.public,
  }));
  const children = stages.map((stage) => start(stage, folder));
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(ended));
    files.remove();
  };
  try {
    const played = (await Promise.all(children.map(next))).flatMap((said) => ('hosts' in said ? said.hosts : []));
    const described = {
      hosts: played.map(({ name, port }) => ({ name, port, address: '127.0.0.1', user: demoUser })),
      knownHosts: played.map(({ knownHost }) => `${knownHost}\n`).join(''),
      keyFile,
    };
    return {
      pids: children.flatMap(({ pid }) => pid ?? []),
      seen: async () => {
        const answers = children.map(next);
        for (const child of children) child.send('seen');
        return (await Promise.all(answers)).flatMap((said) => ('tallies' in said ? said.tallies : []));
      },
      writeEnvironment: (environments, name, options) => writeEnvironment(described, environments, name, options),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const start = (stage: Stage, folder: string): ChildProcess =>
  spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('jiti/register'),
      fileURLToPath(new URL('main.ts', import.meta.url)),
      JSON.stringify(stage),
    ],
    { cwd: folder, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );

const next = (child: ChildProcess): Promise<Said> =>
  new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('the simulated fleet has ended'));
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as Said);
    });
  });

/** Closing the channel is the word to end; a process that does not is ended. */
const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await exit;
  clearTimeout(timer);
};

/**
 * The process of the demo fleet. Its one argument is the folder of the environment; it is started
 * by fleet.ts, tells it how that went, and ends on SIGTERM.
 */
import { writeFile } from 'node:fs/promises';
import { readDemoFolder } from './folder.ts';
import { playFleet } from './play.ts';

/** What the process tells the one that started it. */
export type FleetReport = { readonly ready: true } | { readonly ready: false; readonly sentence: string };

const report = (message: FleetReport): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });

// What a release writes on a host has the same modes whatever the person's own umask is.
process.umask(0o022);

try {
  const folder = readDemoFolder(process.argv[2] ?? '.');
  const fleet = await playFleet(folder);
  await writeFile(folder.pid, `${process.pid}\n`);
  process.on('SIGTERM', () => {
    fleet.close();
    process.exit(0);
  });
  await report({ ready: true });
  if (process.connected) process.disconnect();
} catch (error) {
  await report({ ready: false, sentence: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}

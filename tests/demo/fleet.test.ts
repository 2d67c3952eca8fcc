import { afterEach, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { environmentFiles } from '../../src/demo/environment.ts';
import { demoFleetRunning, ensureDemoFleet, stopDemoFleet } from '../../src/demo/fleet.ts';
import { demoFolder, isDemoEnvironment, type DemoFolder } from '../../src/demo/folder.ts';
import { demoHosts } from '../../src/demo/inventory.ts';
import { listen } from '../../src/demo/ports.ts';
import { wipe } from '../../src/demo/take-down.ts';
import { ask, eventually, logged, logIn, newDemo, project, removeDemo } from './helpers.ts';

const made: DemoFolder[] = [];
const demo = async (count?: number): Promise<DemoFolder> => {
  const folder = await newDemo(count);
  made.push(folder);
  return folder;
};
afterEach(async () => {
  for (const folder of made.splice(0)) await removeDemo(folder);
});

test("the project's own environment is what the demo would make, with its fixed ports", async () => {
  const folder = demoFolder(join(project, 'environments/demo'), join(project, '.cache/demo'));
  const hosts = [1, 2, 3].map((number) => ({ name: `web${number}`, port: 2400 + number, appPort: 8400 + number }));
  const files = environmentFiles(folder, hosts, join(project, 'examples/node-app/fabfile.ts'));
  expect(isDemoEnvironment(folder.environment)).toBe(true);
  expect(demoHosts(await readFile(folder.inventory, 'utf8')).map(({ name }) => name)).toEqual(['web1', 'web2', 'web3']);
  // A person's ports may differ: one of the fixed ones was taken once.
  const portless = (text: string): string => text.replaceAll(/port=\d+/g, 'port=N');
  expect(portless(await readFile(folder.inventory, 'utf8'))).toBe(portless(files[folder.inventory]!));
  for (const file of [folder.marker, folder.settings]) expect(await readFile(file, 'utf8')).toBe(files[file]);
});

test('is up once, however many ask for it at the same time', async () => {
  const folder = await demo(3);
  const fleets = await Promise.all([1, 2, 3].map(() => ensureDemoFleet(folder.environment)));
  expect(new Set(fleets.map(({ pid }) => pid)).size).toBe(1);
  expect((await ensureDemoFleet(folder.environment)).pid).toBe(fleets[0]!.pid);
  expect(await logged(folder, `up on port ${fleets[0]!.hosts[2]!.port}`)).toHaveLength(1);
});

test('comes up again from its folders: the same ports, keys and homes', async () => {
  const folder = await demo();
  const before = await ensureDemoFleet(folder.environment);
  const known = await readFile(folder.knownHosts, 'utf8');
  const first = await logIn(before);
  await ask(first, 'echo kept >file');
  first.end();

  expect(await stopDemoFleet(folder.environment)).toBe(true);
  expect(await demoFleetRunning(folder.environment)).toBeUndefined();
  expect(await stopDemoFleet(folder.environment)).toBe(false);

  const after = await ensureDemoFleet(folder.environment);
  expect(after.pid).not.toBe(before.pid);
  expect(after.hosts).toEqual(before.hosts);
  expect(await readFile(folder.knownHosts, 'utf8')).toBe(known);
  const second = await logIn(after);
  expect((await ask(second, 'cat file')).output).toBe('kept\n');
  second.end();
});

test('a port that another program has is replaced, in the inventory, too', async () => {
  const folder = await demo();
  const taken = createServer();
  const wanted = demoHosts(await readFile(folder.inventory, 'utf8'))[0]!;
  await listen(taken, wanted.port);
  const fleet = await ensureDemoFleet(folder.environment).finally(() => taken.close());
  expect(fleet.hosts[0]!.port).not.toBe(wanted.port);
  expect(demoHosts(await readFile(folder.inventory, 'utf8'))).toEqual(fleet.hosts);
  expect(await readFile(folder.knownHosts, 'utf8')).toContain(`[127.0.0.1]:${fleet.hosts[0]!.port} ssh-ed25519 `);
  const client = await logIn(fleet);
  expect((await ask(client, 'true')).status).toBe(0);
  client.end();
});

test('a recorded process id that belongs to another program by now is left alone', async () => {
  const folder = await demo();
  await writeFile(folder.pid, `${process.pid}\n`);
  expect(await demoFleetRunning(folder.environment)).toBeUndefined();
  expect(await stopDemoFleet(folder.environment)).toBe(false);
});

test('a claim left behind by a process that is gone does not stop a start', async () => {
  const folder = await demo();
  await writeFile(folder.starting, '4194304');
  expect((await ensureDemoFleet(folder.environment)).hosts).toHaveLength(1);
  expect(existsSync(folder.starting)).toBe(false);
});

test('says what is wrong when it cannot start', async () => {
  const folder = await demo();
  await writeFile(folder.inventory, '[web]\n');
  await expect(ensureDemoFleet(folder.environment)).rejects.toThrow(
    `The demo fleet cannot start: ${folder.inventory} has no line of the form "NAME ansible_port=N app_port=N".`,
  );
});

test('nobody else on the machine can read its key', async () => {
  const folder = await demo();
  await chmod(folder.state, 0o755);
  await ensureDemoFleet(folder.environment);
  expect((await stat(folder.key)).mode & 0o777).toBe(0o600);
  expect((await stat(folder.hostKey('web1'))).mode & 0o777).toBe(0o600);
});

test('a host that starts runs its boot file', async () => {
  const folder = await demo();
  await ensureDemoFleet(folder.environment);
  await stopDemoFleet(folder.environment);
  await writeFile(join(folder.home('web1'), 'boot'), 'echo "$HOME" >booted\n');
  await ensureDemoFleet(folder.environment);
  const booted = (): Promise<string | undefined> =>
    readFile(join(folder.home('web1'), 'booted'), 'utf8').then(
      (text) => text || undefined,
      () => undefined,
    );
  expect(await eventually(booted)).toBe(`${folder.home('web1')}\n`);
});

test('is wiped only when it is down, and only what it made', async () => {
  const folder = await demo();
  await ensureDemoFleet(folder.environment);
  await expect(wipe(folder.environment)).rejects.toThrow('still up');
  await stopDemoFleet(folder.environment);
  await writeFile(join(folder.state, 'mine'), '');
  await wipe(folder.environment);
  expect(existsSync(folder.key)).toBe(false);
  expect(existsSync(folder.home('web1'))).toBe(false);
  expect(existsSync(join(folder.state, 'mine'))).toBe(true);
});

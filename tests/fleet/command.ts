import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { attachFleet, removeFleet, startFleet } from './fleet.ts';
import { fleetKinds } from './kinds.ts';
import type { Fleet, FleetHost, FleetKind } from './types.ts';

/** Where a fleet that is used by hand is remembered, and where its words go. */
export interface Desk {
  readonly folder: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const usage = `npm run fleet -- up N [--kind loopback|namespaces]   start N hosts
npm run fleet -- up commcare                         start a CommCare fleet, with its databases and queues
npm run fleet -- status                              the hosts, who is up, how often they were used
npm run fleet -- exec HOST COMMAND                   a shell line on a host, without ssh
npm run fleet -- kill|cut|heal|restart HOST          break a host, mend it
npm run fleet -- down                                take everything away
`;

/** Thrown for what a person got wrong: exit status 2. */
class Mistake extends Error {}

const note = (desk: Desk): string => join(desk.folder, 'fleet.json');

const remembered = (desk: Desk): string | undefined => {
  try {
    return (JSON.parse(readFileSync(note(desk), 'utf8')) as { readonly folder: string }).folder;
  } catch {
    return undefined;
  }
};

const current = (desk: Desk): Fleet | undefined => {
  const folder = remembered(desk);
  return folder === undefined ? undefined : attachFleet(folder);
};

const running = (desk: Desk): Fleet => {
  const fleet = current(desk);
  if (fleet === undefined) throw new Mistake('No fleet is up. Start one: npm run fleet -- up 3');
  return fleet;
};

const chosenKind = (words: readonly string[]): FleetKind => {
  const kinds = fleetKinds();
  const at = words.indexOf('--kind');
  if (at === -1) return kinds.findLast(({ available }) => available)?.kind ?? 'loopback';
  const found = kinds.find(({ kind }) => kind === words[at + 1]);
  if (found === undefined) throw new Mistake(`--kind is one of ${kinds.map(({ kind }) => kind).join(', ')}`);
  return found.kind;
};

const remember = (desk: Desk, { folder }: Fleet): void => {
  mkdirSync(desk.folder, { recursive: true });
  writeFileSync(note(desk), JSON.stringify({ folder }));
};

const upCommcare = async (desk: Desk): Promise<number> => {
  // The fleet knows nothing of applications; this one line of its command does.
  const commcare = await import('../commcare-fleet/fleet/up.ts');
  desk.out(await commcare.upCommcare(desk.folder, (fleet) => remember(desk, fleet)));
  return 0;
};

const up = async (desk: Desk, [count = '', ...words]: readonly string[]): Promise<number> => {
  if (!/^([1-9]\d{0,2}|commcare)$/.test(count)) throw new Mistake(`How many hosts? npm run fleet -- up 3`);
  if (current(desk) !== undefined)
    throw new Mistake('A fleet is up already. Take it down first: npm run fleet -- down');
  if (count === 'commcare') return upCommcare(desk);
  const began = Date.now();
  const fleet = await startFleet({ kind: chosenKind(words), hosts: Number(count), keep: true });
  remember(desk, fleet);
  const environments = join(desk.folder, 'environments');
  const here = (path: string): string => relative(process.cwd(), path) || '.';
  const environment = here(fleet.writeEnvironment(environments, 'fleet', { settings: { fabfile: 'packaged' } }));
  const names = fleet.hosts.map(({ name }) => name).join(' ');
  desk.out(`${fleet.hosts.length} hosts are up (${fleet.kind}, ${((Date.now() - began) / 1000).toFixed(1)} s): ${names}
environment: ${environment}

  npx fab --environments ${here(environments)} fleet run uptime
  ssh -F ${fleet.sshConfig} ${fleet.hosts[0]?.name ?? ''}
  npm run fleet -- cut ${fleet.hosts.at(-1)?.name ?? ''}
  npm run fleet -- down
`);
  return 0;
};

const down = (desk: Desk): number => {
  const folder = remembered(desk);
  const found = folder !== undefined && removeFleet(folder);
  rmSync(desk.folder, { recursive: true, force: true });
  desk.out(found ? 'The fleet is gone.\n' : 'No fleet was up.\n');
  return 0;
};

const line = (host: FleetHost): string => {
  const { name, address, port, user } = host;
  const used = `${host.connections()} logins, ${host.sessions()} commands`;
  return `${name.padEnd(12)} ${host.alive() ? 'up  ' : 'down'}  ${user}@${address}:${port}  ${used}\n`;
};

const status = (desk: Desk): number => {
  const { kind, folder, hosts } = running(desk);
  desk.out(`${kind}, in ${folder}\n${hosts.map(line).join('')}`);
  return 0;
};

const exec = async (desk: Desk, host: FleetHost, words: readonly string[]): Promise<number> => {
  if (words.length === 0) throw new Mistake(`Which command? npm run fleet -- exec ${host.name} uptime`);
  const { code, stdout, stderr } = await host.exec(words.join(' '));
  desk.out(stdout);
  desk.err(stderr);
  return code;
};

const changes = {
  kill: { does: (host: FleetHost) => host.kill(), done: 'is dead; its files stay' },
  cut: { does: (host: FleetHost) => host.cut(), done: 'is silent' },
  heal: { does: (host: FleetHost) => host.heal(), done: 'answers again' },
  restart: { does: (host: FleetHost) => host.restart(), done: 'has booted again' },
} as const;
const isChange = (word: string): word is keyof typeof changes => Object.hasOwn(changes, word);

const onHost = async (desk: Desk, verb: string, [name = '', ...words]: readonly string[]): Promise<number> => {
  if (verb !== 'exec' && !isChange(verb)) throw new Mistake(`There is no "${verb}".\n${usage}`);
  const fleet = running(desk);
  const host = fleet.hosts.find((each) => each.name === name);
  if (host === undefined) throw new Mistake(`Which host? ${fleet.hosts.map((each) => each.name).join(' ')}`);
  if (!isChange(verb)) return exec(desk, host, words);
  await changes[verb].does(host);
  desk.out(`${name} ${changes[verb].done}.\n`);
  return 0;
};

/** `npm run fleet -- …`: returns the exit status. */
export const fleetCommand = async (argv: readonly string[], desk: Desk): Promise<number> => {
  const [verb = 'help', ...words] = argv;
  try {
    if (verb === 'up') return await up(desk, words);
    if (verb === 'down') return down(desk);
    if (verb === 'status') return status(desk);
    if (verb !== 'help' && verb !== '--help') return await onHost(desk, verb, words);
    desk.out(usage);
    return 0;
  } catch (error) {
    desk.err(`${error instanceof Error ? error.message.trimEnd() : String(error)}\n`);
    return error instanceof Mistake ? 2 : 1;
  }
};

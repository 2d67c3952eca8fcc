import { readFile, rename, writeFile } from 'node:fs/promises';
import pMap from 'p-map';
import type { Host } from '../model/host.ts';
import { problem, ProblemsFound } from '../model/problem.ts';
import type { Loaded } from '../program/load.ts';
import { readLimit } from '../program/plan.ts';
import { createTransport, mergeKnownHosts, type MergedKnownHosts, type ScannedHost } from '../transport/index.ts';
import { fingerprint } from '../transport/known-hosts.ts';
import type { Globals } from './argv/globals.ts';
import { refuse } from './refuse.ts';
import type { Output } from './output.ts';
import { confirm } from './questions.ts';

/**
 * Asks every host for its keys, shows the fingerprints of new and changed ones, and writes them to
 * the environment's known_hosts after a yes. Keys of hosts that do not answer stay.
 */
export const knownHosts = async (
  loaded: Loaded,
  globals: Globals,
  output: Output,
  signal: AbortSignal,
): Promise<number> => {
  const { environment, forks } = loaded;
  const limit = readLimit(loaded, globals.limit);
  if (!limit.ok) return refuse(output, limit.failure);
  const hosts = environment.inventory.hosts.filter(
    ({ name, connection }) => connection === 'ssh' && (limit.value === undefined || limit.value.includes(name)),
  );
  output.note(`asking ${hosts.length} host${hosts.length === 1 ? '' : 's'} for their keys …`);
  const answers = await pMap(hosts, (host) => scan(loaded, host, signal), { concurrency: forks });
  signal.throwIfAborted();
  const silent = answers.flatMap((answer) => ('sentence' in answer ? [answer] : []));
  for (const { host, sentence } of silent) output.complain(`${host}: ${sentence}\n     its keys stay as they are`);
  const existing = await textOf(environment.knownHostsFile);
  const merged = mergeKnownHosts(
    existing,
    answers.flatMap((answer) => ('keys' in answer ? [answer] : [])),
  );
  const status = await pin(environment.knownHostsFile, merged, globals, output);
  return status === 0 && silent.length > 0 ? 1 : status;
};

/** One that is there and cannot be read must not be written anew without what it holds. */
const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((thrown: unknown) => {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new ProblemsFound([problem(`${file} cannot be read: ${message}.`)]);
    return '';
  });

const scan = async (
  { environment }: Loaded,
  host: Host,
  signal: AbortSignal,
): Promise<ScannedHost | { readonly host: string; readonly sentence: string }> => {
  const transport = createTransport({
    environmentName: environment.name,
    knownHostsFiles: { pinned: environment.knownHostsFile, user: true },
  });
  try {
    return await transport.scanHostKeys(host, signal);
  } catch (thrown) {
    return { host: host.name, sentence: (thrown as Error).message };
  }
};

const seen = ({ key }: { readonly key: string }): string => fingerprint(Buffer.from(key, 'base64'));

const pin = async (file: string, merged: MergedKnownHosts, { yes }: Globals, output: Output): Promise<number> => {
  const { added, changed, removed, text } = merged;
  if (added.length + changed.length + removed.length === 0) {
    output.print(`Every key is pinned already in ${file}.`);
    return 0;
  }
  for (const key of added) output.print(`+ ${key.name}  ${key.type}  ${seen(key)}`);
  for (const { before, after } of changed)
    output.print(`! ${after.name}  ${after.type}  ${seen(after)}   CHANGED, was ${seen(before)}`);
  for (const key of removed) output.print(`- ${key.name}  ${key.type}  ${seen(key)}`);
  output.print('Compare these with what the hosts themselves say: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
  if (!yes && !output.interactive) {
    output.complain('Pin these keys? Answer it ahead with --yes; nothing was written.');
    return 2;
  }
  if (!yes && !(await confirm(`Pin these keys in ${file}?`))) {
    output.complain('Nothing was written.');
    return 2;
  }
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  output.print(`Pinned in ${file}.`);
  return 0;
};

import type { PacketReader } from './packet-reader.ts';
import { NotGit } from './pkt-line.ts';

/** What `git receive-pack` says first: the refs it has, and what it can do. */
export interface Advertisement {
  readonly refs: ReadonlyMap<string, string>;
  /** Objects that are complete there although no ref of its own names them. */
  readonly haves: readonly string[];
  readonly capabilities: ReadonlySet<string>;
}

/** Every object that the other side has in full, with all it leads to: the bases of a pack. */
export const advertisedObjects = ({ refs, haves }: Advertisement): readonly string[] => [
  ...new Set([...refs.values(), ...haves]),
];

/**
 * Reads the advertisement of protocol v0.
 * @throws NotGit when something else comes, or nothing
 */
export const readAdvertisement = async (reader: PacketReader): Promise<Advertisement> => {
  const refs = new Map<string, string>();
  const haves: string[] = [];
  let capabilities: ReadonlySet<string> | undefined;
  for (;;) {
    const packet = await reader.next();
    if (packet === undefined) throw new NotGit('git on the host ended before it said what it has.');
    if (packet.kind === 'flush') return { refs, haves, capabilities: capabilities ?? new Set() };
    const line = packet.data.toString('utf8').replace(/\n$/, '');
    if (line.startsWith('ERR ')) throw new NotGit(`git on the host said: ${line.slice(4)}`);
    if (line.startsWith('shallow ')) throw new NotGit('The mirror on the host is a shallow clone.');
    if (line.startsWith('version ')) continue;
    const [entry = '', words] = line.split('\0');
    if (words !== undefined) capabilities ??= new Set(words.split(' ').filter((word) => word !== ''));
    const match = /^([0-9a-f]{40,64}) (.+)$/s.exec(entry);
    if (match === null) throw new NotGit(`Expected a ref of git's and got «${entry.slice(0, 80)}».`);
    const [, oid = '', name = ''] = match;
    if (name === '.have') haves.push(oid);
    else if (name !== 'capabilities^{}') refs.set(name, oid);
  }
};

import { names, parseLine } from './known-hosts.ts';

/** A host's keys as `scanHostKeys` found them; `name` is how known_hosts writes the host. */
export interface FoundHost {
  readonly name: string;
  readonly keys: readonly { readonly type: string; readonly key: string }[];
}

/** One key of one host, before or after. */
export interface PinnedKey {
  readonly name: string;
  readonly type: string;
  readonly key: string;
}

/** What merging did. `text` is the new file; nothing is written. */
export interface MergedKnownHosts {
  readonly text: string;
  readonly added: readonly PinnedKey[];
  readonly changed: readonly { readonly before: PinnedKey; readonly after: PinnedKey }[];
  /** Keys that a scanned host no longer has. */
  readonly removed: readonly PinnedKey[];
  /** How many entries stand as they stood, those of hosts that were not found included. */
  readonly kept: number;
}

/** The key types that a scan asks for; only about these does it know that a host has none. */
const scanned = /^(ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa)$/;

/**
 * Brings scanned keys into the text of a known_hosts file. A found host's entries become what was
 * found; everything else stays: other hosts, hosts that did not answer (those without keys),
 * wildcards, `@revoked` and `@cert-authority` lines. Comments stay on top, entries are sorted by
 * name and type, so that two people who scan the same hosts get the same file.
 */
export const mergeKnownHosts = (existing: string, found: readonly FoundHost[]): MergedKnownHosts => {
  const answered = found.filter(({ keys }) => keys.length > 0);
  const comments: string[] = [];
  const entries: { readonly names: string; readonly type: string; readonly line: string }[] = [];
  const before: PinnedKey[] = [];
  let kept = 0;
  for (const line of existing.split('\n').map((text) => text.trim())) {
    const entry = parseLine(line);
    if (entry === undefined) {
      if (line !== '') comments.push(line);
      continue;
    }
    const standing = entry.marker !== undefined || !scanned.test(entry.type) || /[*?!]/.test(entry.names);
    const about = standing ? [] : answered.filter(({ name }) => names(entry.names, name));
    before.push(...about.map(({ name }) => ({ name, type: entry.type, key: entry.key })));
    const gone = new Set(about.map(({ name }) => name));
    const rest = entry.names.startsWith('|')
      ? about.length > 0
        ? ''
        : entry.names
      : entry.names
          .split(',')
          .filter((name) => !gone.has(name.toLowerCase()))
          .join(',');
    if (rest === entry.names) {
      kept += 1;
      entries.push({ names: rest, type: entry.type, line });
    } else if (rest !== '') entries.push({ names: rest, type: entry.type, line: `${rest} ${entry.type} ${entry.key}` });
  }
  const after = answered.flatMap(({ name, keys }) => keys.map(({ type, key }) => ({ name, type, key })));
  for (const { name, type, key } of after) entries.push({ names: name, type, line: `${name} ${type} ${key}` });
  const sorted = [...new Map(entries.map((entry) => [entry.line, entry])).values()].sort(
    (one, other) => compare(one.names, other.names) || compare(one.type, other.type) || compare(one.line, other.line),
  );
  const lines = [...comments, ...sorted.map(({ line }) => line)];
  const same = (one: PinnedKey) => (other: PinnedKey) => one.name === other.name && one.type === other.type;
  const stands = (key: PinnedKey, keys: readonly PinnedKey[]): boolean =>
    keys.some((other) => same(key)(other) && other.key === key.key);
  const fresh = after.filter((key) => !stands(key, before));
  const stale = before.filter((key) => !stands(key, after));
  return {
    text: lines.length === 0 ? '' : `${lines.join('\n')}\n`,
    added: fresh.filter((key) => !stale.some(same(key))),
    changed: fresh.flatMap((key) => {
      const old = stale.find(same(key));
      return old === undefined ? [] : [{ before: old, after: key }];
    }),
    removed: stale.filter((key) => !fresh.some(same(key))),
    kept: kept + after.length - fresh.length,
  };
};

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

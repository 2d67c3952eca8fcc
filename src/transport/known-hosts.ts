import { createHash, createHmac } from 'node:crypto';

/** One entry of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  /** The first field as it stands: names, patterns, or one hash. */
  readonly names: string;
  /** `ssh-ed25519`, `ssh-rsa` … as the key itself says. */
  readonly type: string;
  /** The public key, in base64. */
  readonly key: string;
}

/** The entries of a known_hosts file. Comments, empty lines and what is no entry are left out. */
export const parseKnownHosts = (text: string, file: string): readonly KnownHost[] =>
  text.split('\n').flatMap((line, index) => {
    const entry = parseLine(line);
    return entry === undefined ? [] : [{ file, line: index + 1, ...entry }];
  });

/** One line of a known_hosts file, or undefined where it is no entry. */
export const parseLine = (line: string): Omit<KnownHost, 'file' | 'line'> | undefined => {
  const words = line.trim().split(/\s+/);
  const marker = words[0] === '@revoked' ? 'revoked' : words[0] === '@cert-authority' ? 'cert-authority' : undefined;
  const [names, type, key] = marker === undefined ? words : words.slice(1);
  if (names === undefined || type === undefined || key === undefined || /^[#@]/.test(names)) return undefined;
  return { marker, names, type, key };
};

/** How a host is written in known_hosts: `web1`, or `[web1]:2222` on another port than 22. */
export const knownHostsName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

/**
 * The entries that speak about this host: revoked keys and host keys, of one type or of all.
 * `@cert-authority` entries are not among them, for host certificates are not understood.
 */
export const lookup = (
  entries: readonly KnownHost[],
  host: string,
  port: number,
  type?: string,
): readonly KnownHost[] => {
  const about = naming(entries, knownHostsName(host, port));
  return type === undefined ? about : about.filter((entry) => entry.type === type);
};

/** One file's entries, ready to be asked. Hashes are tried once a name, for they are what costs. */
interface Index {
  /** Entries that hold nothing but plain names, by each of them. */
  readonly plain: ReadonlyMap<string, readonly KnownHost[]>;
  readonly others: readonly KnownHost[];
  readonly asked: Map<string, readonly KnownHost[]>;
}

const indexes = new WeakMap<readonly KnownHost[], Index>();

const naming = (entries: readonly KnownHost[], name: string): readonly KnownHost[] => {
  const index = indexes.get(entries) ?? indexOf(entries);
  indexes.set(entries, index);
  const known = index.asked.get(name);
  if (known !== undefined) return known;
  const others = index.others.filter((entry) => names(entry.names, name));
  const found = [...(index.plain.get(name) ?? []), ...others].sort((one, other) => one.line - other.line);
  index.asked.set(name, found);
  return found;
};

const indexOf = (entries: readonly KnownHost[]): Index => {
  const plain = new Map<string, KnownHost[]>();
  const others: KnownHost[] = [];
  for (const entry of entries) {
    if (entry.marker === 'cert-authority') continue;
    if (/[|*?!]/.test(entry.names)) others.push(entry);
    else
      for (const name of new Set(entry.names.toLowerCase().split(',')))
        plain.set(name, [...(plain.get(name) ?? []), entry]);
  }
  return { plain, others, asked: new Map() };
};

/** Whether the first field of an entry names this host, written as `knownHostsName` does. */
export const names = (field: string, name: string): boolean => {
  if (field.startsWith('|')) return hashed(field, name);
  const patterns = field.toLowerCase().split(',');
  const matching = patterns.filter((pattern) => wildcard(pattern.replace(/^!/, ''), name));
  return matching.length > 0 && !matching.some((pattern) => pattern.startsWith('!'));
};

/** `|1|salt|hash`: the hash is HMAC-SHA1 of the name, keyed with the salt. */
const hashed = (field: string, name: string): boolean => {
  const [, version, salt, hash] = field.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
};

const wildcard = (pattern: string, name: string): boolean => {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${expression}$`).test(name);
};

/** The fingerprint as OpenSSH prints it: `SHA256:…`. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** The type that a public key in SSH's wire format names itself. */
export const keyType = (key: Buffer): string => {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.subarray(4, 4 + length).toString('latin1');
};

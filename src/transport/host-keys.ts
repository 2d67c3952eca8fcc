import { readFile } from 'node:fs/promises';
import { ConnectionFailed } from './errors.ts';
import { fingerprint, keyType, lookup, parseKnownHosts, type KnownHost } from './known-hosts.ts';

/** The entries of one known_hosts file, in the order in which files decide. */
export type KnownHostsFiles = readonly (readonly KnownHost[])[];

/** Under which names a host's keys may be written, the first being its own. */
export interface HostKeyNames {
  readonly names: readonly string[];
  readonly port: number;
}

/**
 * What known_hosts says about a key. A file that has keys of this type for the host decides alone,
 * so that the environment's pinned key cannot be overruled by an entry of the user's.
 */
export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'changed' | 'other-type' | 'revoked'; readonly entry: KnownHost };

/** Judges a host key that was offered. Pure. */
export const judge = (files: KnownHostsFiles, { names, port }: HostKeyNames, key: Buffer): Verdict => {
  const type = keyType(key);
  const text = key.toString('base64');
  const found = files.map((entries) => unique(names.flatMap((name) => lookup(entries, name, port))));
  const revoked = found.flat().find((entry) => entry.marker === 'revoked' && entry.key === text);
  if (revoked !== undefined) return { kind: 'revoked', entry: revoked };
  const pinned = found.map((entries) => entries.filter((entry) => entry.marker === undefined));
  for (const entries of pinned) {
    const same = entries.filter((entry) => entry.type === type);
    if (same.some((entry) => entry.key === text)) return { kind: 'known' };
    if (same[0] !== undefined) return { kind: 'changed', entry: same[0] };
  }
  // As OpenSSH does: a key known for the host on port 22 vouches for its other ports.
  if (port !== 22 && judge(files, { names, port: 22 }, key).kind === 'known') return { kind: 'known' };
  const other = pinned.flat()[0];
  return other === undefined ? { kind: 'unknown' } : { kind: 'other-type', entry: other };
};

/** The key types that known_hosts has for a host, best known first, without repetition. */
export const knownTypes = (files: KnownHostsFiles, { names, port }: HostKeyNames): readonly string[] => {
  const on = (at: number): readonly string[] =>
    files
      .flatMap((entries) => names.flatMap((name) => lookup(entries, name, at)))
      .flatMap(({ marker, type }) => (marker === undefined ? [type] : []));
  return unique(port === 22 ? on(22) : [...on(port), ...on(22)]);
};

/** What ssh2 can check, without SHA-1 signatures (OpenSSH 8.8 dropped them as well). */
export const supportedAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

/** A way to sign that ssh2 knows. */
export type HostKeyAlgorithm = (typeof supportedAlgorithms)[number] | 'ssh-rsa';

/** The ways to sign with a key of this type. */
export const algorithmsOf = (type: string): readonly HostKeyAlgorithm[] =>
  type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : supportedAlgorithms.filter((algorithm) => algorithm === type);

/**
 * The order in which to ask for host keys: those that known_hosts has come first. Otherwise a
 * server with several keys would show one that nobody pinned, and look unknown.
 * @param allowed what the user's ssh configuration allows (`HostKeyAlgorithms`), if it says so.
 */
export const algorithmOrder = (
  types: readonly string[],
  allowed: readonly string[] | undefined,
): HostKeyAlgorithm[] => {
  const known: readonly HostKeyAlgorithm[] = [...supportedAlgorithms, 'ssh-rsa'];
  const usable = allowed === undefined ? supportedAlgorithms : known.filter((algorithm) => allowed.includes(algorithm));
  const first = types.flatMap(algorithmsOf).filter((algorithm) => (usable as readonly string[]).includes(algorithm));
  return unique([...first, ...usable]);
};

/** The sentence for a key that was not accepted. */
export const hostKeyRefusal = (
  host: { readonly name: string; readonly where: string; readonly isJump: boolean },
  key: Buffer,
  verdict: Exclude<Verdict, { kind: 'known' }>,
  environmentName: string | undefined,
): ConnectionFailed => {
  const type = keyType(key);
  const shown = `${type} ${fingerprint(key)}`;
  const print = ({ key: pinned, type: kind }: KnownHost): string =>
    `${kind} ${fingerprint(Buffer.from(pinned, 'base64'))}`;
  const place = ({ file, line }: KnownHost): string => `${file}:${line}`;
  const fab = environmentName === undefined ? 'fab <env>' : `fab ${environmentName}`;
  const command = `${fab} known_hosts --limit ${host.name}`;
  const who = host.isJump ? `The jump host ${host.name}` : host.name;
  switch (verdict.kind) {
    case 'unknown':
      return new ConnectionFailed(
        'host-key',
        `The host key of ${host.where} is not known: it shows ${shown}.`,
        host.isJump
          ? `Compare the fingerprint, then: ssh-keyscan ${host.name}`
          : `Compare the fingerprint, then: ${command}`,
      );
    case 'changed':
      return new ConnectionFailed(
        'host-key',
        `The host key of ${host.where} HAS CHANGED: it shows ${shown}, but ${place(verdict.entry)} has ${print(verdict.entry)}. ` +
          'Either the host was installed anew or somebody stands in between.',
        `Find out which. If it was installed anew: ${command}`,
      );
    case 'other-type':
      return new ConnectionFailed(
        'host-key',
        `The host key of ${host.where} is not known: it shows ${shown}, while ${place(verdict.entry)} has only ${print(verdict.entry)}.`,
        `Compare the fingerprint, then: ${command}`,
      );
    case 'revoked':
      return new ConnectionFailed(
        'host-key',
        `${who} shows a host key that is revoked: ${shown} (${place(verdict.entry)}).`,
        'Give the host new keys, then pin them.',
      );
  }
};

/** Reads a known_hosts file; one that does not exist is an empty one. */
export const readKnownHosts = async (file: string): Promise<readonly KnownHost[]> => {
  try {
    return parseKnownHosts(await readFile(file, 'utf8'), file);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return [];
    throw new ConnectionFailed(
      'configuration',
      `${file} cannot be read (${(error as { code?: string }).code ?? String(error)}), so no host key can be checked.`,
    );
  }
};

const unique = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { readIfThere } from './environment.ts';

const { utils } = ssh2;

/** The texts of a key pair in OpenSSH's formats. */
export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

/**
 * Reads a key in OpenSSH's format.
 * @throws Error when it is none.
 */
export const parsedKey = (text: string): ParsedKey => {
  const key = utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
};

/** Whether `signature` is this key's signature of `data`. */
export const isSignedBy = (key: ParsedKey, data: Buffer, signature: Buffer, algorithm?: string): boolean =>
  // Not only true and false, as its types say: where it cannot verify, it returns an Error.
  (key.verify(data, signature, algorithm) as unknown) === true;

/** Whether the two halves belong together. */
const works = (pair: KeyPair): boolean => {
  try {
    const message = Buffer.from('works');
    return isSignedBy(parsedKey(pair.public), message, parsedKey(pair.private).sign(message));
  } catch {
    return false;
  }
};

/** Makes an ed25519 key pair. */
export const newKeyPair = (comment: string): KeyPair => {
  // Of the pairs that ssh2 1.17 makes, one in 150 cannot be read back.
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519', { comment });
    if (works(pair)) return { private: pair.private, public: pair.public };
  }
};

/** The key pair in `file` and `file.pub`, made when it is not there or does not work. */
export const keyPairAt = async (file: string, comment: string): Promise<KeyPair> => {
  const there = { private: (await readIfThere(file)) ?? '', public: (await readIfThere(`${file}.pub`)) ?? '' };
  if (works(there)) return there;
  const pair = newKeyPair(comment);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, pair.private, { mode: 0o600 });
  await writeFile(`${file}.pub`, `${pair.public}\n`);
  return pair;
};

/** The line of known_hosts for a key that is offered on a port of this machine. */
export const knownHostsLine = (port: number, publicKey: string): string =>
  `[127.0.0.1]:${port} ${publicKey.trim().split(' ').slice(0, 2).join(' ')}`;

import { readFile } from 'node:fs/promises';
import type { AnyAuthMethod, BaseAgent, ParsedKey } from 'ssh2';
import { keyType } from './known-hosts.ts';
import type { SshSettings } from './ssh-config.ts';
import type { SshLibrary } from './ssh-library.ts';

/** A key to offer, and how people know it. */
export interface Candidate {
  readonly label: string;
  readonly method: AnyAuthMethod;
}

/** A key file that cannot be used, and why; said only when the login fails. */
export interface Unusable {
  readonly file: string;
  readonly why: 'passphrase' | 'missing' | 'unreadable' | 'security-key' | 'format';
}

/** What there is to log in with. */
export interface Keyring {
  readonly candidates: readonly Candidate[];
  readonly unusable: readonly Unusable[];
  /** The agent that answered, for forwarding. */
  readonly agent: BaseAgent | undefined;
  /** Set when an agent is configured and does not answer. */
  readonly silentAgent: string | undefined;
}

/**
 * Gathers the keys for a login: the key files in their order, a locked one through the agent when
 * it holds the same key, then the agent's other keys (unless IdentitiesOnly). No key twice, for a
 * server counts (MaxAuthTries is 6).
 *
 * The agent is asked before the connection is made, for ssh2 takes its silence as a failed login.
 */
export const gatherKeys = async (settings: SshSettings, library: SshLibrary): Promise<Keyring> => {
  const { ssh2 } = library;
  const agent = settings.agent === undefined ? undefined : ssh2.createAgent(settings.agent);
  const held = agent === undefined ? [] : await identities(agent);
  const files = await Promise.all(settings.identityFiles.map((file) => readKey(file, library)));
  const seen = new Set<string>();
  const candidates: Candidate[] = [];
  const unusable: Unusable[] = [];
  const offer = (blob: string, label: string, method: AnyAuthMethod): void => {
    if (seen.has(blob)) return;
    seen.add(blob);
    candidates.push({ label, method });
  };
  const fromAgent = (key: ParsedKey, label: string): void => {
    if (agent === undefined) return;
    offer(blobOf(key), label, { type: 'agent', username: settings.user, agent: only(agent, key, library) });
  };
  for (const [index, file] of settings.identityFiles.entries()) {
    const read = files[index];
    if (read === undefined) continue;
    if ('key' in read) offer(blobOf(read.key), file, { type: 'publickey', username: settings.user, key: read.key });
    else {
      const twin = held?.find((key) => blobOf(key) === read.publicBlob);
      if (twin !== undefined) fromAgent(twin, `${file} (from the agent)`);
      else if (!(read.why === 'missing' && isUsual(file))) unusable.push({ file, why: read.why });
    }
  }
  if (!settings.identitiesOnly)
    for (const key of held ?? []) fromAgent(key, `${key.comment === '' ? key.type : key.comment} (from the agent)`);
  return {
    candidates,
    unusable,
    agent: held === undefined ? undefined : agent,
    silentAgent: agent !== undefined && held === undefined ? settings.agent : undefined,
  };
};

const blobOf = (key: ParsedKey): string => key.getPublicSSH().toString('base64');

/** Key files that ssh tries without being told; it is no news that one of them is missing. */
const isUsual = (file: string): boolean => /\/\.ssh\/id_(rsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss|dsa)$/.test(file);

const agentMilliseconds = 3_000;

/** The agent's keys, or undefined when it does not answer. */
const identities = (agent: BaseAgent): Promise<readonly ParsedKey[] | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), agentMilliseconds);
    agent.getIdentities((error, keys) => {
      clearTimeout(timer);
      resolve(error === undefined || error === null ? ((keys ?? []) as ParsedKey[]) : undefined);
    });
  });

/** An agent that shows one key of another, so that keys are offered in our order. */
const only = (agent: BaseAgent, key: ParsedKey, { ssh2 }: SshLibrary): BaseAgent => {
  class OneKey extends ssh2.BaseAgent<ParsedKey> {
    override getIdentities(callback: (error?: Error | null, keys?: ParsedKey[]) => void): void {
      callback(null, [key]);
    }
    override sign(...words: unknown[]): void {
      (agent.sign as (...words: unknown[]) => void).apply(agent, words);
    }
  }
  return new OneKey();
};

type KeyFile = { readonly key: ParsedKey } | { readonly why: Unusable['why']; readonly publicBlob: string | undefined };

const readKey = async (file: string, library: SshLibrary): Promise<KeyFile> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as { code?: string }).code === 'ENOENT' ? 'missing' : 'unreadable';
    return { why, publicBlob: await readPublic(`${file}.pub`) };
  }
  const parsed = library.ssh2.utils.parseKey(text);
  // Not `instanceof Error`: test runners have more than one Error.
  if ('isPrivateKey' in parsed)
    return parsed.isPrivateKey() ? { key: parsed } : { why: 'format', publicBlob: blobOf(parsed) };
  const publicBlob = publicPart(text) ?? (await readPublic(`${file}.pub`)) ?? publicLine(text);
  if (publicBlob !== undefined && keyType(Buffer.from(publicBlob, 'base64')).startsWith('sk-'))
    return { why: 'security-key', publicBlob };
  return { why: /encrypted|passphrase/i.test(parsed.message) ? 'passphrase' : 'format', publicBlob };
};

const readPublic = async (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').then(publicLine, () => undefined);

const publicLine = (text: string): string | undefined => {
  const [type, blob] = text.trim().split(/\s+/);
  return type !== undefined && /^(ssh-|ecdsa-|sk-)/.test(type) ? blob : undefined;
};

/** The public half of a locked key, which OpenSSH's format keeps readable (PROTOCOL.key). */
const publicPart = (text: string): string | undefined => {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const field = (): Buffer => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  try {
    field(); // cipher
    field(); // key derivation
    field(); // its options
    at += 4; // how many keys
    return field().toString('base64');
  } catch {
    return undefined;
  }
};

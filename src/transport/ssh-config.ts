import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { homedir, hostname as machineName, userInfo } from 'node:os';
import type { Host } from '../model/host.ts';
import { ConnectionFailed } from './errors.ts';
import { anyHost, SshAnswers } from './ssh-answers.ts';

/** How one machine is reached, after the inventory and the user's ssh configuration were asked. */
export interface SshSettings {
  /** What reports call it: the inventory's name, or the words of ProxyJump. */
  readonly name: string;
  /** Where it was looked for before `HostName` was applied. */
  readonly asked: string;
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  /** Key files to try, in order; they need not exist. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** The agent's socket, if there is one. */
  readonly agent: string | undefined;
  /** ProxyJump's words, the one nearest to us first. */
  readonly jumps: readonly string[];
  readonly hostKeyAlias: string | undefined;
  /** The user's own files, then the machine's. */
  readonly knownHostsFiles: readonly string[];
  /** As far as the configuration restricts them. */
  readonly hostKeyAlgorithms: readonly string[] | undefined;
  readonly family: 0 | 4 | 6;
  readonly bindAddress: string | undefined;
  readonly connectSeconds: number | undefined;
}

/** Whom to ask about. */
export interface SshQuestion {
  readonly name: string;
  readonly address: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly identityFile?: string | undefined;
  readonly sshArguments?: readonly string[] | undefined;
}

/** Where to ask. */
export interface SshProgram {
  /** Passed as `ssh -F`. */
  readonly configFile?: string | undefined;
  /** The OpenSSH client; `ssh` by default. */
  readonly program?: string | undefined;
}

/** The question about a host of the inventory. */
export const questionOf = (host: Host): SshQuestion => ({ ...host });

/** The question about one word of ProxyJump: `[user@]host[:port]` or `ssh://…`. */
export const questionOfJump = (word: string): SshQuestion => {
  const parts = /^(?:ssh:\/\/)?(?:([^@]*)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?\/?$/.exec(word);
  const address = parts?.[2] ?? parts?.[3];
  if (address === undefined)
    throw new ConnectionFailed('configuration', `ProxyJump names “${word}”, which is not [user@]host[:port].`);
  return { name: word, address, user: parts?.[1], port: parts?.[4] === undefined ? undefined : Number(parts[4]) };
};

/** The words of `ssh -G`: keyword, then every value it was given, in order. Pure. */
export const parseSshConfig = (text: string): ReadonlyMap<string, readonly string[]> => {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, keyword, value] = /^(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (keyword === undefined || value === undefined) continue;
    values.set(keyword.toLowerCase(), [...(values.get(keyword.toLowerCase()) ?? []), value]);
  }
  return values;
};

/**
 * Asks the user's own ssh configuration how a machine is reached. The inventory's user, port and
 * key file are passed on the command line, where they win. Host keys are always checked, whatever
 * StrictHostKeyChecking says.
 *
 * `answers` is what was asked before, about other hosts.
 *
 * Without an OpenSSH client there are defaults: the login name, port 22, the usual key files.
 * @throws ConnectionFailed 'configuration' where the configuration is wrong, or asks for what only
 * the OpenSSH client can do.
 */
export const askSsh = async (
  question: SshQuestion,
  { configFile, program = 'ssh' }: SshProgram,
  signal: AbortSignal,
  answers = new SshAnswers(configFile),
): Promise<SshSettings> => {
  if (question.address.startsWith('-'))
    throw new ConnectionFailed('address', `“${question.address}” is not an address for ${question.name}.`);
  const file = configFile === undefined ? [] : ['-F', configFile];
  const identity = question.identityFile === undefined ? [] : ['-i', question.identityFile];
  const options = [
    ...file,
    ...(question.user === undefined ? [] : ['-l', question.user]),
    ...(question.port === undefined ? [] : ['-p', String(question.port)]),
    ...identity,
    ...(question.sshArguments ?? []),
  ];
  const askAbout = (words: readonly string[], address: string) =>
    runSsh(program, ['-G', ...words, '--', address], question.name, signal);
  // User and port stand in the question itself.
  const shared =
    (question.sshArguments ?? []).length > 0
      ? undefined
      : await answers.about(question.address, identity.join(' '), () => askAbout([...file, ...identity], anyHost));
  const text = shared ?? (await askAbout(options, question.address));
  if (text === undefined && (configFile !== undefined || (question.sshArguments ?? []).length > 0))
    throw new ConnectionFailed(
      'configuration',
      `The ssh options of ${question.name} cannot be read without OpenSSH’s client, and there is no ${program} here.`,
      'Install it (Debian, Ubuntu: apt install openssh-client).',
    );
  const settings = settingsFrom(question, parseSshConfig(text ?? ''));
  await refuseCertificate(question.name, settings.certificates);
  return settings;
};

/** The settings that the words of `ssh -G` amount to. Pure, but for the login and its home. */
export const settingsFrom = (
  question: SshQuestion,
  words: ReadonlyMap<string, readonly string[]>,
): SshSettings & { readonly certificates: readonly string[] } => {
  const first = (keyword: string): string | undefined => {
    const value = words.get(keyword)?.[0];
    return value === undefined || value === 'none' ? undefined : value;
  };
  refuseForeign(question.name, first);
  const hostname = first('hostname') ?? question.address;
  const user = question.user ?? first('user') ?? userInfo().username;
  const port = question.port ?? Number(first('port') ?? 22);
  const alias = first('hostkeyalias');
  const expand = expander({ hostname, user, port, asked: question.address, alias });
  const files = (keyword: string): readonly string[] =>
    (words.get(keyword) ?? [])
      .flatMap((value) => value.split(/\s+/))
      .flatMap((value) => (value === 'none' ? [] : [expand(value)]));
  const configured = words.get('identityfile') ?? (words.size === 0 ? defaultIdentities : []);
  const identities = [question.identityFile ?? [], configured].flat().filter((file) => file !== 'none');
  return {
    name: question.name,
    asked: question.address,
    hostname,
    port,
    user,
    identityFiles: [...new Set(identities.map(expand))],
    identitiesOnly: first('identitiesonly') === 'yes',
    agent: agentSocket(words.get('identityagent')?.[0], expand),
    jumps: first('proxyjump')?.split(',') ?? [],
    hostKeyAlias: alias === undefined ? undefined : expand(alias),
    knownHostsFiles:
      words.size === 0
        ? defaultKnownHosts.map(expand)
        : [...files('userknownhostsfile'), ...files('globalknownhostsfile')],
    hostKeyAlgorithms: first('hostkeyalgorithms')?.split(','),
    family: first('addressfamily') === 'inet' ? 4 : first('addressfamily') === 'inet6' ? 6 : 0,
    bindAddress: first('bindaddress'),
    connectSeconds: first('connecttimeout') === undefined ? undefined : Number(first('connecttimeout')),
    certificates: files('certificatefile'),
  };
};

/** As ssh(1) has them, less those that ssh2 cannot use. */
const defaultIdentities = ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519'];
const defaultKnownHosts = [
  '~/.ssh/known_hosts',
  '~/.ssh/known_hosts2',
  '/etc/ssh/ssh_known_hosts',
  '/etc/ssh/ssh_known_hosts2',
];

/** Debian turns GSSAPI on for everyone, so it is no sign of anything and passed over. */
const refuseForeign = (name: string, first: (keyword: string) => string | undefined): void => {
  const refuse = (what: string, instead: string): never => {
    throw new ConnectionFailed(
      'configuration',
      `The ssh configuration of ${name} asks for ${what}, which fabwright cannot do yet.`,
      instead,
    );
  };
  const command = first('proxycommand');
  if (command !== undefined)
    refuse(`ProxyCommand ${command}`, 'Where it is a jump through another host, write ProxyJump instead.');
  const provider = first('pkcs11provider');
  if (provider !== undefined) refuse(`PKCS11Provider ${provider}`, 'Load the key into ssh-agent: ssh-add -s PROVIDER');
};

const refuseCertificate = async (name: string, files: readonly string[]): Promise<void> => {
  for (const file of files) {
    const exists = await stat(file).then(
      () => true,
      () => false,
    );
    if (exists)
      throw new ConnectionFailed(
        'configuration',
        `The ssh configuration of ${name} asks for CertificateFile ${file}, and fabwright cannot log in with certificates yet.`,
        'Allow a plain public key on the host for now.',
      );
  }
};

/** `~`, `${VARIABLE}` and the tokens of ssh_config(5); `ssh -G` leaves most of them as they are. */
const expander = (of: {
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  readonly asked: string;
  readonly alias: string | undefined;
}): ((text: string) => string) => {
  const machine = machineName();
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    h: of.hostname,
    r: of.user,
    p: String(of.port),
    n: of.asked,
    k: of.alias ?? of.asked,
    u: userInfo().username,
    d: homedir(),
    i: String(userInfo().uid),
    l: machine,
    L: machine.split('.')[0] ?? machine,
  };
  return (text) =>
    text
      .replace(/^~(?=\/|$)/, homedir())
      .replace(/\$\{(\w+)\}/g, (whole, name: string) => process.env[name] ?? whole)
      .replace(/%(.)/g, (whole, letter: string) => tokens[letter] ?? whole);
};

const agentSocket = (configured: string | undefined, expand: (text: string) => string): string | undefined => {
  const usual = process.env['SSH_AUTH_SOCK'];
  const socket =
    configured === undefined || configured === 'SSH_AUTH_SOCK'
      ? usual
      : configured === 'none'
        ? undefined
        : configured.startsWith('$') && !configured.startsWith('${')
          ? process.env[configured.slice(1)]
          : expand(configured);
  return socket === '' ? undefined : socket;
};

/** `Match exec` runs a program of the user's, which may hang. */
const longestAnswerMilliseconds = 10_000;

/** The output of `ssh -G …`, or undefined where there is no such program. */
const runSsh = (
  program: string,
  words: readonly string[],
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const options = { env: process.env, timeout: longestAnswerMilliseconds, signal, maxBuffer: 4 * 1024 * 1024 };
    execFile(program, words, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (signal.aborted) return reject(new ConnectionFailed('cancelled', `Connecting to ${name} was cancelled.`));
      if (error.code === 'ENOENT') return resolve(undefined);
      const said = stderr.trim().split('\n').at(-1) ?? '';
      const why =
        error.killed === true ? `no answer within ${longestAnswerMilliseconds / 1000} s` : said || error.message;
      reject(
        new ConnectionFailed(
          'configuration',
          `The ssh configuration for ${name} cannot be read: ${why}.`,
          `See for yourself: ${[program, ...words].join(' ')}`,
        ),
      );
    }).stdin?.end();
  });

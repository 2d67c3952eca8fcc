import { homedir } from 'node:os';
import { join } from 'node:path';
import { problem, type Location, type Problem } from '../../model/problem.ts';
import { Malformed } from '../ini/malformed.ts';
import { shellWords } from '../ini/shell-words.ts';
import type { Variable } from '../ini/tree.ts';

type Variables = ReadonlyMap<string, Variable>;
/** How a host is reached, as its variables say; `problems` name the variable and its line. */
export interface Reach {
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFile?: string;
  readonly connection: 'ssh' | 'local';
  readonly sshArguments: readonly string[];
  readonly problems: readonly Problem[];
}

// Where several names mean one thing, the later one wins, as in Ansible's ssh plugin.
const names = {
  address: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  identityFile: ['ansible_private_key_file', 'ansible_ssh_private_key_file'],
  connection: ['ansible_connection'],
  commonArguments: ['ansible_ssh_common_args'],
  extraArguments: ['ansible_ssh_extra_args'],
} as const;
type Meaning = keyof typeof names;

const kinds: Readonly<Record<string, 'ssh' | 'local'>> = {
  ssh: 'ssh',
  smart: 'ssh',
  paramiko: 'ssh',
  paramiko_ssh: 'ssh',
  local: 'local',
};

/** Passwords are refused a place among the variables: reports may print those. */
export const passwordNames: readonly string[] = [
  'ansible_password',
  'ansible_ssh_pass',
  'ansible_ssh_password',
  'ansible_become_pass',
  'ansible_become_password',
  'ansible_sudo_pass',
];
/** The variables that say how to reach a host and so are not among its `vars`. */
export const connectionNames: readonly string[] = Object.values(names).flat();

/** Reads the `ansible_*` connection variables of the host called `name`. */
export const reachOf = (name: string, variables: Variables, home: string = homedir()): Reach => {
  const problems: Problem[] = [];
  const refuse = (at: Location, sentence: string, hint?: string): undefined => {
    problems.push(problem(sentence, { at, ...(hint === undefined ? {} : { hint }) }));
    return undefined;
  };
  const text = (meaning: Meaning): { key: string; value: string; at: Location } | undefined => {
    const found = last(variables, names[meaning]);
    if (found === undefined || found.value === null || found.value === '') return undefined;
    const { key, value, at } = found;
    if (typeof value !== 'string' && typeof value !== 'number') {
      return refuse(at, `${key} of ${name} must be text, not ${JSON.stringify(value)}.`);
    }
    if (String(value).includes('{{')) {
      return refuse(
        at,
        `${key} of ${name} is a template (${value}), which is not rendered here.`,
        'Write the value itself.',
      );
    }
    return { key, value: String(value), at };
  };
  const port = (): number | undefined => {
    const found = text('port');
    if (found === undefined) return undefined;
    const value = Number(found.value);
    if (/^\d+$/.test(found.value) && value >= 1 && value <= 65_535) return value;
    return refuse(found.at, `${found.key} of ${name} must be a port from 1 to 65535, not ${found.value}.`);
  };
  const connection = (): 'ssh' | 'local' => {
    const found = text('connection');
    if (found === undefined) return 'ssh';
    const kind = kinds[found.value.replace(/^ansible\.builtin\./, '')];
    if (kind === undefined) {
      refuse(
        found.at,
        `${found.key} of ${name} is ${found.value}; hosts are reached by ssh or are local.`,
        'Write ssh, smart, paramiko or local.',
      );
    }
    return kind ?? 'ssh';
  };
  const words = (meaning: 'commonArguments' | 'extraArguments'): readonly string[] => {
    const found = text(meaning);
    if (found === undefined) return [];
    try {
      return shellWords(found.value, { comments: false });
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      refuse(found.at, `${found.key} of ${name} cannot be split into words: ${error.message}`);
      return [];
    }
  };
  const [address, user, identityFile, number] = [text('address'), text('user'), text('identityFile'), port()];
  return {
    connection: connection(),
    ...(address === undefined ? {} : { address: address.value }),
    ...(number === undefined ? {} : { port: number }),
    ...(user === undefined ? {} : { user: user.value }),
    ...(identityFile === undefined ? {} : { identityFile: expandHome(identityFile.value, home) }),
    sshArguments: [...words('commonArguments'), ...words('extraArguments')],
    problems,
  };
};

const last = (variables: Variables, keys: readonly string[]) =>
  keys
    .flatMap((key) => {
      const found = variables.get(key);
      return found === undefined ? [] : [{ key, ...found }];
    })
    .at(-1);

/** `~/x` in the home directory of the person who runs us; everything else as it is. */
export const expandHome = (path: string, home: string): string =>
  /^~(?:\/|$)/.test(path) ? join(home, path.slice(1)) : path;

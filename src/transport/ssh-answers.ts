import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** Stands for any host in a question whose answer is good for all of them. */
export const anyHost = 'fabwright-any-host';

/**
 * What `ssh -G` says, asked once where the configuration says the same about every host: a client that is started
 * for each host of a fleet costs more than logging in to it.
 */
export class SshAnswers {
  readonly #configFile: string | undefined;
  readonly #answers = new Map<string, Promise<string | undefined>>();
  #same: Promise<boolean> | undefined;

  /** @param configFile as for `ssh -F`; undefined for the user's own and the machine's. */
  constructor(configFile: string | undefined) {
    this.#configFile = configFile;
  }

  /**
   * The answer for `address`, or undefined where it has to be asked about by itself.
   * @param key whatever else the question holds
   * @param ask asks about `anyHost`
   */
  async about(address: string, key: string, ask: () => Promise<string | undefined>): Promise<string | undefined> {
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(address)) return undefined;
    this.#same ??= isSameForAll(this.#configFile);
    if (!(await this.#same)) return undefined;
    const answer = this.#answers.get(key) ?? ask().catch(() => undefined);
    this.#answers.set(key, answer);
    return (await answer)?.replaceAll(anyHost, address);
  }
}

/** Whether nothing in the configuration depends on the host: no `Host` but `*`, no `Match`, no canonical names. */
const isSameForAll = async (configFile: string | undefined): Promise<boolean> => {
  const own = join(homedir(), '.ssh');
  const files =
    configFile === undefined ? [join(own, 'config'), '/etc/ssh/ssh_config'] : configFile === 'none' ? [] : [configFile];
  const same = await Promise.all(files.map((file) => speaksOfNoHost(file, 0)));
  return same.every(Boolean);
};

/** ssh gives up on deeper ones itself. */
const deepestInclude = 16;

const speaksOfNoHost = async (file: string, depth: number): Promise<boolean> => {
  if (depth > deepestInclude) return false;
  const text = await readFile(file, 'utf8').catch((error: unknown) =>
    (error as NodeJS.ErrnoException).code === 'ENOENT' ? '' : undefined,
  );
  if (text === undefined) return false;
  for (const line of text.split('\n')) {
    const [, keyword = '', value = ''] = /^\s*([a-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/i.exec(line) ?? [];
    switch (keyword.toLowerCase()) {
      case 'host':
        if (value !== '*') return false;
        break;
      case 'match':
        if (value.toLowerCase() !== 'all') return false;
        break;
      case 'canonicalizehostname':
        if (value.toLowerCase() !== 'no') return false;
        break;
      case 'include': {
        const included = await filesOf(value, file);
        if (included === undefined) return false;
        for (const each of included) if (!(await speaksOfNoHost(each, depth + 1))) return false;
      }
    }
  }
  return true;
};

/** The files of an `Include`, or undefined where finding them would take more than a `*` in their names. */
const filesOf = async (value: string, from: string): Promise<readonly string[] | undefined> => {
  const base = from.startsWith('/etc/') ? '/etc/ssh' : join(homedir(), '.ssh');
  const found: string[] = [];
  for (const word of value.split(/\s+/)) {
    const path = resolve(base, word.replace(/^~(?=\/)/, homedir()));
    if (/["'?[\]{}~$%]/.test(path) || dirname(path).includes('*')) return undefined;
    const names = basename(path).includes('*') ? await readdir(dirname(path)).catch(() => []) : [basename(path)];
    const [before = '', ...after] = basename(path).split('*');
    if (after.length > 1) return undefined;
    const [end = ''] = after;
    const matches = after.length === 0 ? names : names.filter((name) => name.startsWith(before) && name.endsWith(end));
    found.push(...matches.map((name) => join(dirname(path), name)));
  }
  return found;
};

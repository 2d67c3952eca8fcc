import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { problem, type Problem } from '../model/problem.ts';
import { Malformed } from './ini/malformed.ts';
import { shellWords } from './ini/shell-words.ts';
import type { LoginDefaults, Reading } from './inventory/readings.ts';
import { folderName } from './settings/special-kinds.ts';
import { readYaml, type YamlEntry } from './settings/yaml-values.ts';

/** The text of a file, undefined when there is none. Other failures to read it are thrown. */
export const textOf = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw Object.assign(error as Error, { path: file }); // Of a directory, Node does not say which.
  });

/** The top entries of a YAML mapping; none when the file does not exist or is empty. */
export const mappingOf = async (
  file: string,
): Promise<{ entries: readonly YamlEntry[]; problems: readonly Problem[] }> => {
  const { root, problems } = readYaml((await textOf(file)) ?? '', { file });
  if (root !== undefined && root.entries === undefined) {
    return {
      entries: [],
      problems: [problem('The file must be a mapping, one "key: value" per line.', { at: root.at })],
    };
  }
  return { entries: root?.entries ?? [], problems };
};

/** `deploy_env` of `meta.yml`, undefined when it has none. */
export const readMeta = async (folder: string): Promise<Reading<string | undefined>> => {
  const { entries, problems } = await mappingOf(join(folder, 'meta.yml'));
  const entry = entries.find(({ key }) => key === 'deploy_env');
  if (entry === undefined || entry.value.value === null) return { value: undefined, problems, notices: [] };
  const value = entry.value.text;
  const wrong = value === undefined ? 'must be text' : folderName(value);
  if (wrong === undefined) return { value, problems, notices: [] };
  return {
    value: undefined,
    problems: [...problems, problem(`deploy_env ${wrong}.`, { at: entry.value.at })],
    notices: [],
  };
};

/** Login user and ssh arguments of `public.yml`. Turning host key checks off is reported and ignored. */
export const readPublic = async (folder: string): Promise<Reading<LoginDefaults>> => {
  const file = join(folder, 'public.yml');
  const { entries, problems } = await mappingOf(file);
  const found = new Map(entries.map(({ key, value }) => [key, value]));
  const notices: string[] = [];
  const text = (key: string): string | undefined => {
    const given = found.get(key);
    if (given?.text === undefined) return undefined;
    if (!given.text.includes('{{')) return given.text;
    notices.push(`${file}:${given.at.line ?? 1}: ${key} is a template, which is not rendered here, and is ignored.`);
    return undefined;
  };
  const user = text('commcare_cloud_remote_user') ?? text('ansible_user') ?? text('ansible_ssh_user');
  const args = wordsOf(text('commcare_cloud_ssh_args') ?? '', file, found.get('commcare_cloud_ssh_args')?.at.line);
  const strict = found.get('commcare_cloud_strict_host_key_checking');
  if (strict !== undefined && /^(?:no|off|false)$/i.test(strict.text ?? '')) {
    notices.push(
      `${file}:${strict.at.line ?? 1}: commcare_cloud_strict_host_key_checking: ${strict.text ?? 'no'} is ignored: unknown host keys are always refused.`,
    );
  }
  const value = { ...(user === undefined ? {} : { user }), sshArguments: args.words };
  return { value, problems: [...problems, ...args.problems], notices };
};

const wordsOf = (
  text: string,
  file: string,
  line: number | undefined,
): { words: readonly string[]; problems: readonly Problem[] } => {
  try {
    return { words: shellWords(text, { comments: false }), problems: [] };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const at = { file, ...(line === undefined ? {} : { line }) };
    return {
      words: [],
      problems: [problem(`commcare_cloud_ssh_args cannot be split into words: ${error.message}`, { at })],
    };
  }
};

/** The secrets of `.env`. Nothing here ever puts a value into a sentence. */
export const readSecrets = async (folder: string): Promise<Reading<Readonly<Record<string, string>>>> => {
  const file = join(folder, '.env');
  const text = await textOf(file);
  if (text === undefined) return { value: {}, problems: [], notices: [] };
  const { parse } = await import('dotenv');
  const open = ((await stat(file)).mode & 0o044) !== 0;
  const notices = open ? [`${file} can be read by other users of this machine: chmod 600 ${file}`] : [];
  return { value: parse(text), problems: [], notices };
};

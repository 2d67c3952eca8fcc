import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { problem, type Problem } from '../../model/problem.ts';
import { splitLines } from '../ini/characters.ts';
import { parseIni } from '../ini/parse.ts';
import type { Tree } from '../ini/tree.ts';
import type { Reading } from './readings.ts';

const neverRead = /^\.|^(?:host_vars|group_vars|vars_plugins)$/;
const ignored = /(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.ini|\.cfg|\.retry)$/;
const otherFormats = /\.(?:ya?ml|json|toml|py|sh)$/;

/** Reads `inventory.ini` into `tree`. */
export const readIniFile = async (file: string, tree: Tree): Promise<Reading<void>> => {
  const text = decoded(await readFile(file));
  if (text === undefined) return refused(file, `${file} is not UTF-8.`);
  if (text.startsWith('\ufeff'))
    return refused(file, 'The file starts with a byte order mark, which Ansible takes for a host.');
  return { value: undefined, problems: parseIni(text, file, tree), notices: [] };
};

/**
 * Reads every file of an `inventory/` directory into `tree`, in name order and with the names that
 * Ansible leaves out left out: hidden files, `host_vars`, `group_vars` and extensions such as `.ini`.
 */
export const readIniDirectory = async (directory: string, tree: Tree): Promise<Reading<void>> => {
  const problems: Problem[] = [];
  const notices: string[] = [];
  const names = (await readdir(directory)).filter((name) => !neverRead.test(name));
  for (const name of names.sort((one, two) => Buffer.compare(Buffer.from(one), Buffer.from(two)))) {
    const path = join(directory, name);
    if (ignored.test(name)) {
      notices.push(`${path} is not read: Ansible ignores the ending of its name inside an inventory directory.`);
      continue;
    }
    const reading = await readEntry(path, name, tree);
    problems.push(...reading.problems);
    notices.push(...reading.notices);
  }
  return { value: undefined, problems, notices };
};

const readEntry = async (path: string, name: string, tree: Tree): Promise<Reading<void>> => {
  const found = await stat(path);
  if (found.isDirectory()) return readIniDirectory(path, tree);
  if (otherFormats.test(name) || (found.mode & 0o111) !== 0) {
    return refused(path, 'Only INI files are read from an inventory directory, no YAML, TOML or programs.');
  }
  return readIniFile(path, tree);
};

/** The text, or undefined when it is no UTF-8 outside of comment lines, where Ansible does not mind. */
const decoded = (bytes: Buffer): string | undefined => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return strict.decode(bytes);
  } catch {
    const text = bytes.toString('utf8');
    const outside = splitLines(text).some((line) => line.includes('\ufffd') && !/^[#;]/.test(line));
    return outside ? undefined : text;
  }
};

const refused = (file: string, sentence: string): Reading<void> => ({
  value: undefined,
  problems: [problem(sentence, { at: { file } })],
  notices: [],
});

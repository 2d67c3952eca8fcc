import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

const releaseName = /^\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d$/;

const linesOf = (file: string): readonly string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);

const isJournalLine = (line: string): boolean => {
  try {
    const { sum, ...entry } = JSON.parse(line) as Record<string, unknown>;
    return sum === createHash('sha256').update(JSON.stringify(entry)).digest('hex').slice(0, 16);
  } catch {
    return false;
  }
};

const isJson = (line: string): boolean => {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
};

/** What follows the last line's end was torn off by a kill or a full disk; it is no line. */
const whole = (lines: readonly string[]): readonly string[] => lines.slice(0, -1).filter((line) => line !== '');

const badJournals = (root: string): readonly string[] =>
  readdirSync(join(root, 'releases')).flatMap((name) => {
    const lines = whole(linesOf(join(root, 'releases', name, '.fab/journal.jsonl')));
    const bad = lines.filter((line) => !isJournalLine(line));
    // One that a kill tore and a later run went on after stands alone on a line of its own.
    return bad.slice(1).map((line) => `the journal of ${name} has more than one torn line: ${line.slice(0, 80)}`);
  });

const badRecords = (root: string): readonly string[] =>
  readdirSync(join(root, 'releases')).flatMap((name) => {
    const file = join(root, 'releases', name, '.fab/release.json');
    return existsSync(file) && !isJson(readFileSync(file, 'utf8')) ? [`release.json of ${name} is not whole`] : [];
  });

const badRecorded = (root: string): readonly string[] =>
  whole(linesOf(join(root, 'RELEASES.txt')))
    .filter((line) => !/^\/.*\/releases\/[^/]+$/.test(line) || !releaseName.test(basename(line)))
    .map((line) => `RELEASES.txt has a line «${line.slice(0, 80)}»`);

const badHistory = (root: string): readonly string[] =>
  whole(linesOf(join(root, '.fab/history.jsonl')))
    .filter((line) => !isJson(line))
    .slice(1)
    .map((line) => `history.jsonl has more than one torn line: ${line.slice(0, 80)}`);

const badTransaction = (root: string): readonly string[] => {
  const file = join(root, '.fab/txn');
  return existsSync(file) && !isJson(readFileSync(file, 'utf8')) ? ['.fab/txn is not whole'] : [];
};

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** What may lie there while things are unfinished, and not when a later run has gone through. */
const unsettled = (root: string): readonly string[] => {
  const live = basename(readlinkSync(join(root, 'current')));
  const recorded = linesOf(join(root, 'RELEASES.txt')).filter((line) => line !== '');
  return [
    ...(isThere(join(root, '.fab/next')) ? ['.fab/next was left'] : []),
    ...(recorded.at(-1)?.endsWith(`/${live}`) === true ? [] : [`RELEASES.txt does not end with ${live}`]),
  ];
};

/** releases-layout.md as rules on one host's disk: sentences of what is broken. */
export const brokenOn = (root: string, settled: boolean): readonly string[] => {
  const link = lstatSync(join(root, 'current'), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return [
    ...(link && !readlinkSync(join(root, 'current')).startsWith('releases/') ? ['current is no relative link'] : []),
    ...badRecorded(root),
    ...badRecords(root),
    ...badJournals(root),
    ...badHistory(root),
    ...badTransaction(root),
    ...(settled && link ? unsettled(root) : []),
  ];
};

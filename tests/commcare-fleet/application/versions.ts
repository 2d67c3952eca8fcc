import { cpSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { must } from '../../fleet/system.ts';
import * as bad from './bad-versions.ts';
import * as good from './good-versions.ts';
import { apply, numbered, type Version } from './version.ts';

const example = fileURLToPath(new URL('../../../examples/commcare', import.meta.url));

/** The hash of each version by its name. */
export type Commits = Readonly<Record<'first' | keyof typeof good | keyof typeof bad, string>>;

/** The application's history in a repository of its own. */
export interface CommcareRepository {
  readonly path: string;
  /**
   * On `master`, each upon the one before: `first`, `nullableColumn`, `newTable`, `newIndexes`. All others are
   * faults, each on a branch of its own from `first`, named as here.
   */
  readonly commits: Commits;
  /** The next version upon `master`, which changes nothing but its number, or that; the hash, which `master` is at then. */
  next(version?: Version): string;
  /** `master` as it is now plus a fault, or whatever a test needs, on a branch of that name; the hash. */
  branch(name: string, version: Version): string;
}

/** The number that the pages show: one a commit on `master`, so that each is told from the one before. */
const numberOf = (index: number): string => `1.${index}.0`;

/** Makes a repository in a new folder from examples/commcare, with all versions of it. */
export const commcareRepository = (folder: string): CommcareRepository => {
  mkdirSync(folder, { recursive: true });
  const git = (...words: readonly string[]): string =>
    must('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-C', folder, ...words]).trim();
  const commit = (version: Version): string => {
    apply(folder, version);
    git('add', '-A');
    git('commit', '-q', '-m', version.subject);
    return git('rev-parse', 'HEAD');
  };

  git('init', '-q', '-b', 'master');
  cpSync(example, folder, { recursive: true, filter: (path) => !leftOut.test(path) });
  const first = commit({ subject: 'The application', files: numbered(numberOf(0)) });
  let count = 0;
  const onMaster = (version: Version): string => {
    count += 1;
    return commit({ ...version, files: { ...version.files, ...numbered(numberOf(count)) } });
  };
  const branch = (name: string, version: Version): string => {
    git('checkout', '-q', '-b', name);
    const hash = commit({ ...version, files: { ...version.files, ...numbered(`${numberOf(count)}-${name}`) } });
    git('checkout', '-q', 'master');
    return hash;
  };

  const faults = Object.fromEntries(Object.entries(bad).map(([name, version]) => [name, branch(name, version)]));
  return {
    path: folder,
    commits: {
      ...(faults as Record<keyof typeof bad, string>),
      first,
      // In this order: the second migration depends on the first.
      nullableColumn: onMaster(good.nullableColumn),
      newTable: onMaster(good.newTable),
      newIndexes: onMaster(good.newIndexes),
    },
    next: (version = { subject: `Version ${numberOf(count + 1)}` }) => onMaster(version),
    branch,
  };
};

/** Environments are about a fleet, and what Python leaves beside its files is nobody's. */
const leftOut = /\/(environments|__pycache__)$/;

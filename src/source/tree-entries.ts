import { git, type GitOptions } from './git.ts';

/** One path that differs between two trees. Renames are not looked for: they show as a deletion and an addition. */
export interface TreeChange {
  readonly status: string;
  readonly path: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** A gitlink on either side. */
  readonly submodule: boolean;
}

const gitlink = '160000';
const oid = (hash: string | undefined): string | undefined =>
  hash === undefined || /^0+$/.test(hash) ? undefined : hash;

/** What differs between two commits, submodules as single entries. */
export const changesBetween = async (from: string, to: string, options: GitOptions): Promise<readonly TreeChange[]> => {
  const plumbing = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--ignore-submodules=none'];
  const fields = (await git([...plumbing, from, to], options)).split('\0');
  const changes: TreeChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [before, after, old, created, status = ''] = (fields[at] ?? '').slice(1).split(' ');
    changes.push({
      status: status.charAt(0),
      path: fields[at + 1] ?? '',
      from: before === gitlink ? oid(old) : undefined,
      to: after === gitlink ? oid(created) : undefined,
      submodule: before === gitlink || after === gitlink,
    });
  }
  return changes;
};

/** Everything in a commit's tree, told as additions. */
export const wholeTree = async (commit: string, options: GitOptions): Promise<readonly TreeChange[]> =>
  (await git(['ls-tree', '-r', '-z', '--full-tree', commit], options))
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode, , hash] = line.slice(0, tab).split(' ');
      const submodule = mode === gitlink;
      return { status: 'A', path: line.slice(tab + 1), from: undefined, to: submodule ? hash : undefined, submodule };
    });

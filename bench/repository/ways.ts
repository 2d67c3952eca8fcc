import { quote } from '../../src/model/command.ts';
import { alone, hostPath } from '../../src/source/host-git.ts';

/** What a way to write a release out is given. */
export interface Task {
  /** A bare repository that has both commits. */
  readonly mirror: string;
  readonly commit: string;
  /** The release before, as it was written out, and its commit. */
  readonly previous: string;
  readonly previousCommit: string;
  /** A path where nothing is yet. */
  readonly into: string;
}

/** A way to write a commit's files into a release directory. */
export interface Way {
  readonly name: string;
  /** A script for `sh`. */
  script(task: Task): string;
  /** Undoes what it did outside of `into`. */
  after?(task: Task): string;
  /** Why a release is not made this way, however fast it is. */
  readonly against?: string;
  /** Works on some file systems only. */
  readonly special?: boolean;
}

/** The same surroundings for every way: no configuration of the machine's counts. */
const git = (task: Task, lines: string): string => `${alone}
set -e
mirror=${hostPath(task.mirror)}
into=${hostPath(task.into)}
previous=${hostPath(task.previous)}
commit=${task.commit}
before=${task.previousCommit}
work=$(mktemp -d)
trap 'rm -rf "$work"' 0
${lines}`;

const checkoutIndex = (options: string): string => `mkdir "$into"; cd "$into"
export GIT_DIR="$mirror" GIT_WORK_TREE="$into" GIT_INDEX_FILE="$work/index"
plain_git read-tree "$commit"
plain_git ${options} checkout-index -a -f -q`;

/** The tree before, copied with \`copy\`, then what differs between the two commits: removed, and written anew. */
const copied = (copy: string): string => `${copy} "$previous" "$into"; cd "$into"
export GIT_DIR="$mirror" GIT_WORK_TREE="$into" GIT_INDEX_FILE="$work/index"
plain_git read-tree "$commit"
plain_git diff-tree -r -z --no-renames --name-only "$before" "$commit" >"$work/changed"
xargs -0 -r rm -f <"$work/changed"
plain_git diff-tree -r -z --no-renames --diff-filter=d --name-only "$before" "$commit" |
  plain_git checkout-index -f -q -z --stdin`;

const repositoryInside = 'leaves a repository in every release, which others look into';
const needsPristine = 'takes along what the build has changed in the release before';

/** What fabwright does comes first. */
export const ways: readonly Way[] = [
  {
    name: 'read-tree, checkout-index with a worker per core (fabwright)',
    script: (task) => git(task, checkoutIndex('-c checkout.workers=0')),
  },
  {
    name: 'the same with one worker',
    script: (task) => git(task, checkoutIndex('-c checkout.workers=1')),
  },
  {
    name: 'the same with checkout.workers=4',
    script: (task) => git(task, checkoutIndex('-c checkout.workers=4')),
  },
  {
    name: 'read-tree, checkout -f with checkout.workers=4',
    script: (task) =>
      git(
        task,
        `mkdir "$into"; cd "$into"
export GIT_DIR="$mirror" GIT_WORK_TREE="$into" GIT_INDEX_FILE="$work/index"
plain_git read-tree "$commit"
plain_git -c checkout.workers=4 checkout -q -f "$commit" -- .`,
      ),
  },
  {
    name: 'archive | tar',
    against: 'leaves out and rewrites files where .gitattributes says so',
    script: (task) =>
      git(task, `mkdir "$into"; plain_git --git-dir "$mirror" archive "$commit" | tar -xf - -C "$into"`),
  },
  {
    name: 'worktree add',
    against: repositoryInside,
    script: (task) => git(task, `plain_git --git-dir "$mirror" worktree add -q --detach "$into" "$commit"`),
    after: ({ mirror, into }) =>
      `git --git-dir ${quote(mirror)} worktree remove --force ${quote(into)}; git --git-dir ${quote(mirror)} worktree prune`,
  },
  {
    name: 'clone --shared',
    against: repositoryInside,
    script: (task) =>
      git(
        task,
        `plain_git clone -q -n --shared --template= "$mirror" "$into"; cd "$into"; plain_git checkout -q --detach "$commit"`,
      ),
  },
  {
    name: 'clone --local',
    against: repositoryInside,
    script: (task) =>
      git(
        task,
        `plain_git clone -q -n --local --template= "$mirror" "$into"; cd "$into"; plain_git checkout -q --detach "$commit"`,
      ),
  },
  {
    name: 'cp -a of the release before, and what changed',
    against: needsPristine,
    script: (task) => git(task, copied('cp -a')),
  },
  {
    name: 'cp -a --reflink=always of the release before, and what changed',
    against: needsPristine,
    script: (task) => git(task, copied('cp -a --reflink=always')),
    special: true,
  },
  {
    name: 'cp -al (hard links) of the release before, and what changed',
    against: 'who writes into a file changes the release before',
    script: (task) => git(task, copied('cp -al')),
  },
];

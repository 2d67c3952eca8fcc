import pMap from 'p-map';
import type { CommandFailed } from '../model/failure.ts';
import { layoutAt } from '../model/layout.ts';
import type { HostSurvey } from '../model/survey.ts';
import { execute } from '../session/execute.ts';
import { changedFileText, parseChangedFiles } from '../source/changed-files.ts';
import { asBuiltTree } from '../source/verify-script.ts';
import type { SurveyOptions } from './survey.ts';

export interface CompareBuilt extends Pick<SurveyOptions, 'fleet' | 'sudoUser' | 'path' | 'forks' | 'signal'> {
  readonly hosts: readonly HostSurvey[];
  readonly release: string;
  /** Paths that are meant to differ: `shared_paths`. */
  readonly except: readonly string[];
}

/** What a release is on one host, beside what was recorded when it was built. */
export type Compared =
  | { readonly host: string; readonly kind: 'as-built' }
  /** Paths that are not as they were built; empty when nothing tells which. */
  | { readonly host: string; readonly kind: 'damaged'; readonly files: readonly string[] }
  | { readonly host: string; readonly kind: 'unchecked'; readonly why: string };

interface Seen {
  readonly host: string;
  readonly recorded: string;
  readonly tree: string;
  /** Tracked files that are not as the commit has them; a build may have changed some on purpose. */
  readonly changed: readonly string[];
}

/** A tree of some hundred thousand files takes about this long to be read from a cold disk. */
const patience = 120;

/**
 * Compares a release with what was recorded when it was built, on every host whose record says it.
 * Reads only.
 */
export const compareBuilt = async (options: CompareBuilt): Promise<readonly Compared[]> => {
  const answers = await pMap(
    options.hosts.flatMap((host) => recordedOn(host, options.release)),
    (recorded) => look(recorded, options),
    { concurrency: options.forks },
  );
  options.signal.throwIfAborted();
  const seen = answers.filter((answer) => 'tree' in answer);
  return answers.map((answer): Compared => {
    if (!('tree' in answer)) return answer;
    if (answer.tree === answer.recorded) return { host: answer.host, kind: 'as-built' };
    const whole = seen.find(({ recorded, tree }) => recorded === answer.recorded && tree === recorded);
    return { host: answer.host, kind: 'damaged', files: differences(answer.changed, whole?.changed ?? []) };
  });
};

interface Recorded {
  readonly host: HostSurvey;
  readonly tree: string;
  readonly commit: string;
}

const recordedOn = (host: HostSurvey, release: string): readonly Recorded[] => {
  const { tree, commit } = host.releases.find(({ name }) => name === release)?.record ?? {};
  return tree === undefined || !commit ? [] : [{ host, tree, commit }];
};

const look = async (
  { host: { host, root }, tree, commit }: Recorded,
  { fleet, release, except, sudoUser, path, signal }: CompareBuilt,
): Promise<Seen | Compared> => {
  const layout = layoutAt(root);
  try {
    const { status, stdout, tail } = await execute(fleet.on(host), {
      command: asBuiltTree({ mirror: layout.mirror, commit, into: layout.release(release), except }).text,
      user: sudoUser,
      path,
      variables: {},
      limit: patience,
      silence: patience,
      signal,
    });
    if (status !== 0) return { host, kind: 'unchecked', why: tail.at(-1) ?? `status ${status}` };
    const [found = '', ...changes] = stdout.split('\n');
    return { host, recorded: tree, tree: found, changed: parseChangedFiles(changes.join('\n')).map(changedFileText) };
  } catch (thrown) {
    return { host, kind: 'unchecked', why: (thrown as CommandFailed).message };
  }
};

/** Paths whose state is not the same in both lists. */
const differences = (one: readonly string[], other: readonly string[]): readonly string[] => {
  const lines = [...one.filter((line) => !other.includes(line)), ...other.filter((line) => !one.includes(line))];
  return [...new Set(lines.map(pathIn))].sort();
};

/** `M some path 0123…` as changedFileText has it; without a hash for a file that is gone. */
const pathIn = (line: string): string => line.slice(2).replace(/ [0-9a-f]{40}$/, '');

import {
  changedFileText,
  changedTracked,
  choice,
  deliver,
  fetchFrom,
  list,
  mirrorName,
  openRepository,
  operation,
  packCache,
  parseChangedFiles,
  prepareMirror,
  receivePack,
  releaseRef,
  sh,
  sourceParts,
  text,
  unequal,
  writeOut,
  type Command,
  type Layout,
  type PackCache,
  type Role,
  type RunInfo,
  type Session,
  type SourcePart,
  type TargetRelease,
} from '../api.ts';

/** The code of one run, opened once for all its hosts. */
interface Source {
  readonly parts: readonly SourcePart[];
  readonly packs: PackCache;
}

const sources = new WeakMap<RunInfo, Promise<Source>>();

/** Brings the code into a release: the same commit, the same files, on every host. */
export const codeOperations = ({ roles }: { readonly roles: readonly Role[] }) => {
  /** Delivers the commit, writes it out, and checks that what lies there is what was committed. */
  const update = operation({
    name: 'code.update',
    roles,
    transfers: true,
    settings: {
      code_repo: text({ description: 'where the code is cloned from' }),
      code_delivery: choice(['push', 'pull'], { description: 'who fetches the code', default: 'push' }),
    },
    run: async ({ host, release, layout, run, settings, signal, say }) => {
      const commit = commitOf(release);
      const { parts, packs } = await sourceOf(run, settings.code_repo, commit, signal);
      for (const part of parts) {
        const mirror = mirrorOf(part, layout);
        const write = writePart(part, mirror, release);
        if (settings.code_delivery === 'push') await push(host, part, mirror, release, packs, write, signal);
        else await pull(host, part, mirror, release, write);
      }
      if (parts.length > 1) say(`${parts.length - 1} submodules`);
      return { commit };
    },
  });

  /** Lists the tracked files that the build has changed; what is shared does not count. */
  const inspect = operation({
    name: 'code.inspect',
    roles,
    settings: { shared_paths: list({ description: 'files and folders that outlive releases' }) },
    run: async ({ host, release, layout, settings, say }) => {
      const found = parseChangedFiles(
        await host.read(
          changedTracked({
            mirror: layout.mirror,
            commit: commitOf(release),
            into: release.path,
            except: settings.shared_paths,
          }),
        ),
      ).map(changedFileText);
      if (found.length > 0)
        say(
          `the build changed ${found.length} tracked files: ${found
            .slice(0, 5)
            .map((line) => line.split(' ')[1])
            .join(', ')}${found.length > 5 ? ' …' : ''}`,
        );
      return found;
    },
  });

  /** Hosts of the same roles must have built the same tracked code, else nothing is published. */
  const agree = operation({
    name: 'code.agree',
    roles,
    once: true,
    needs: { changed: inspect },
    run: async ({ others, needs }) => {
      await Promise.resolve();
      const built = roles.flatMap(others).map((session) => {
        const changed = needs.changed.on(session) ?? [];
        return { host: session.name, groups: session.groups, tree: changed.join('\n'), changed };
      });
      const [first] = unequal(built);
      if (first !== undefined) throw new Error(first.sentence);
    },
  });

  return { update, inspect, agree };
};

const commitOf = ({ commit, id }: TargetRelease): string => {
  if (commit === undefined) throw new Error(`Release ${id} has no commit: its task takes no code.`);
  return commit;
};

const sourceOf = (run: RunInfo, url: string | undefined, commit: string, signal: AbortSignal): Promise<Source> => {
  if (url === undefined) throw new Error('The setting code_repo is missing.');
  const known = sources.get(run);
  if (known !== undefined) return known;
  const opened = openSource(url, commit, signal);
  sources.set(run, opened);
  run.atEnd(() => opened.then(({ packs }) => packs.dispose()).catch(() => undefined));
  return opened;
};

const openSource = async (url: string, commit: string, signal: AbortSignal): Promise<Source> => {
  const repository = await openRepository({ url, signal, wanted: commit });
  if (!(await repository.obtain(commit))) throw new Error(`The repository does not have commit ${commit} any more.`);
  const parts = await sourceParts(repository, commit, (other) =>
    openRepository({ url: other, signal, untrusted: true }),
  );
  return { parts, packs: packCache({ signal }) };
};

const mirrorOf = ({ path, repository }: SourcePart, layout: Layout): string =>
  path === '' ? layout.mirror : `${layout.modules}/${mirrorName(repository.url)}`;

/** One command: git takes the commit, then writes it out. */
const push = async (
  host: Session,
  { repository, commit }: SourcePart,
  mirror: string,
  release: TargetRelease,
  packs: PackCache,
  write: Command,
  signal: AbortSignal,
): Promise<void> => {
  const answer = await deliver({
    repository,
    commit,
    packs,
    signal,
    ref: releaseRef(release.id),
    open: () => host.open(sh`${prepareMirror(mirror)} </dev/null && (${receivePack(mirror)}) && ${write} </dev/null`),
  });
  if (!answer.ok) throw new Error(answer.failure);
};

const pull = (
  host: Session,
  { repository, commit }: SourcePart,
  mirror: string,
  release: TargetRelease,
  write: Command,
): Promise<void> =>
  host.run(
    sh`${prepareMirror(mirror)} && ${fetchFrom({ mirror, url: repository.url, commit, ref: release.ref ?? commit, release: release.id })} && ${write}`,
  );

/** A submodule goes into the directory that its parent left empty. */
const writePart = ({ path, commit }: SourcePart, mirror: string, release: TargetRelease): Command =>
  path === ''
    ? writeOut({ mirror, commit, into: release.path })
    : writeOut({ mirror, commit, into: `${release.path}/${path}`, keep: [] });

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { flag, operation, sh, text, type Param, type Role, type RunInfo, type Session } from '../api.ts';

interface DistributionOptions {
  readonly statics: Role;
  readonly web: Role;
  readonly staticOutputs: Param<readonly string[]>;
}

/**
 * Brings static files from the host that made them to every other one: through a directory that the
 * hosts share where there is one, else through this machine, which reads them once.
 */
export const distributionOperations = ({ statics, web, staticOutputs }: DistributionOptions) => {
  const settings = {
    static_outputs: staticOutputs,
    use_shared_dir_for_staticfiles: flag({ description: 'bring static files to the hosts by a directory they share' }),
    shared_dir_for_staticfiles: text({ description: 'the directory that hosts share static files through' }),
  };

  /** On the host that made them: what they are, as one sum, and a copy where the others look for it. */
  const offer = operation({
    name: 'static.offer',
    roles: [statics],
    once: true,
    settings,
    run: async ({ host, release, settings: given }) => {
      const outputs = given.static_outputs;
      const shared = sharedArchive(given, release.id);
      if (shared !== undefined) await host.in(release.path).run(packInto(outputs, shared));
      return { sum: await host.in(release.path).read(sumOf(outputs)), shared: shared ?? null, path: release.path };
    },
  });

  /** On all the others. What they have in the end is what was made, file by file. */
  const take = operation({
    name: 'static.take',
    transfers: true,
    roles: [statics, web],
    uses: [statics],
    settings,
    needs: { offered: offer },
    run: async ({ host, others, release, run, settings: given, needs }) => {
      const [maker] = others(statics);
      if (maker === undefined || maker.name === host.name) return;
      const outputs = given.static_outputs;
      const { sum, shared, path } = needs.offered;
      const there = host.in(release.path);
      const archive = shared ?? `${release.path}/.fab/statics.tar.gz`;
      if (shared === null) {
        const packed = await packedOnce(run, maker.in(path), outputs);
        await host.put(createReadStream(packed), archive);
      } else if (!(await host.test(sh`test -r ${archive}`)))
        throw new Error(
          `${archive} is not here, though ${maker.name} wrote it: is the directory of shared_dir_for_staticfiles shared with ${host.name}?`,
        );
      await there.run`rm -rf ${outputs.map((path) => `./${path}`)} && tar -xzf ${archive}`;
      if (shared === null) await host.run(sh`rm -f ${archive}`);
      if ((await there.read(sumOf(outputs))) !== sum)
        throw new Error(`The static files here are not those that ${maker.name} has made.`);
    },
  });

  /** Everybody has them: nobody looks into the shared directory any more. */
  const withdraw = operation({
    name: 'static.withdraw',
    roles: [statics],
    once: true,
    needs: { offered: offer },
    run: async ({ host, needs }) => {
      if (needs.offered.shared !== null) await host.run(sh`rm -f ${needs.offered.shared}`);
    },
  });

  return { offer, take, withdraw };
};

const sharedArchive = (
  given: { readonly use_shared_dir_for_staticfiles: boolean; readonly shared_dir_for_staticfiles: string | undefined },
  release: string,
): string | undefined =>
  given.use_shared_dir_for_staticfiles && given.shared_dir_for_staticfiles !== undefined
    ? `${given.shared_dir_for_staticfiles}/${release}.tar.gz`
    : undefined;

/** Only what is there: an application need not leave all of it. */
const existing = (outputs: readonly string[]) => sh`
for path in ${outputs}; do if [ -e "./$path" ] || [ -L "./$path" ]; then set -- "$@" "$path"; fi; done
[ $# -gt 0 ] || { echo 'making static files left nothing' >&2; exit 1; }`;

/** Whoever reads it meanwhile must find all of it or nothing. */
const packInto = (outputs: readonly string[], archive: string) =>
  sh`set --${existing(outputs)}
mkdir -p "$(dirname ${archive})" && tar -czf ${`${archive}.new`} -- "$@" && mv -f ${`${archive}.new`} ${archive}`;

/** One sum over every file's path and content. */
const sumOf = (outputs: readonly string[]) =>
  sh`set --${existing(outputs)}
find "$@" -type f -exec sha256sum {} + | LC_ALL=C sort | sha256sum | cut -d ' ' -f 1`;

const archives = new WeakMap<RunInfo, Promise<string>>();

/** Read once for all hosts of a run; gone with the run. */
const packedOnce = (run: RunInfo, maker: Session, outputs: readonly string[]): Promise<string> => {
  const known = archives.get(run) ?? packed(run, maker, outputs);
  archives.set(run, known);
  return known;
};

const packed = async (run: RunInfo, maker: Session, outputs: readonly string[]): Promise<string> => {
  // By this name a later run knows it for a killed one's, and takes it away (source/scratch-folder).
  const folder = await mkdtemp(join(tmpdir(), `fabwright-statics-${process.pid}-`));
  run.atEnd(() => rm(folder, { recursive: true, force: true }));
  const archive = join(folder, 'statics.tar.gz');
  const { output, done } = await maker.open(sh`set --${existing(outputs)}
exec tar -czf - -- "$@"`);
  await Promise.all([pipeline(output, createWriteStream(archive)), done]);
  return archive;
};

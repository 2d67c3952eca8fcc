import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isReleaseId, operation, sh, text, type Layout, type Role, type RunInfo, type Session } from '../api.ts';
import { formplayerProgram, nameSettings } from './program-names.ts';
import { isUp, supervisorOn, supervisorSettings } from './supervisorctl.ts';

/** The builds on one host, oldest first, and the one that `current` shows. */
export type Builds = Readonly<{ current: string; names: readonly string[] }>;

/**
 * Formplayer lives beside the releases, in `formplayer_build/`: switching a release must not change
 * the file that a running JVM has open, and most deploys bring no new jar.
 */
export const formplayerOperations = ({ roles }: { readonly roles: readonly Role[] }) => {
  /** Brings the jar; keeps it only where it differs from the one that runs. */
  const build = operation({
    name: 'formplayer.build',
    roles,
    settings: {
      formplayer_jar: text({
        description: "formplayer's jar: a URL that every host fetches, or a file on this machine",
        required: true,
      }),
    },
    run: async ({ host, layout, run, settings, say }) => {
      const builds = buildsFolder(layout);
      const fresh = `${builds}/releases/${run.id}`;
      await host.run(sh`mkdir -p ${fresh}`);
      try {
        await bring(host, settings.formplayer_jar, `${fresh}/formplayer.jar`, run);
        const sums = await host.read(
          sh`sha256sum ${fresh}/formplayer.jar && if [ -e ${builds}/current/formplayer.jar ]; then sha256sum ${builds}/current/formplayer.jar; fi`,
        );
        const { jar, changed } = compareJars(sums);
        if (!changed) {
          await host.run(sh`rm -rf ${fresh}`);
          say('the jar is the one that runs already');
        }
        return { jar, changed };
      } catch (thrown) {
        await host.run(sh`rm -rf ${fresh}`).catch(() => undefined);
        throw thrown;
      }
    },
  });

  /** A URL may answer one host differently than the next: nothing is linked then. */
  const agree = operation({
    name: 'formplayer.agree',
    roles,
    once: true,
    needs: { built: build },
    run: async ({ needs }) => {
      await Promise.resolve();
      const jars = needs.built.hosts.map((name) => `${name} ${needs.built.on({ name })?.jar.slice(0, 12) ?? 'none'}`);
      if (new Set(needs.built.values.map(({ jar }) => jar)).size > 1)
        throw new Error(`The hosts got different jars: ${jars.join(', ')}. Nothing was linked.`);
    },
  });

  const link = operation({
    name: 'formplayer.link',
    roles,
    needs: { built: build },
    run: async ({ host, layout, run, needs }) => {
      if (needs.built.on(host)?.changed === true) await linkBuild(host, layout, run.id);
    },
  });

  const settings = { ...supervisorSettings, ...nameSettings };

  const restart = operation({
    name: 'formplayer.restart',
    roles,
    settings,
    needs: { built: build },
    run: async ({ host, settings: given, needs }) => {
      if (needs.built.on(host)?.changed === true) await restartProgram(host, given);
    },
  });

  /** Keeps the build that runs and the two newest others. */
  const clean = operation({
    name: 'formplayer.clean',
    roles,
    run: async ({ host, layout }) => {
      const { current, names } = await buildsOn(host, layout);
      const spare = names.filter((name) => name !== current).slice(0, -2);
      if (spare.length > 0) await host.in(`${buildsFolder(layout)}/releases`).run`rm -rf ${spare}`;
    },
  });

  const list = operation({
    name: 'formplayer.list',
    roles,
    run: ({ host, layout }) => buildsOn(host, layout),
  });

  /** To the newest build before the one that runs, the same on every host. */
  const back = operation({
    name: 'formplayer.link-previous',
    roles,
    params: { to: text({ description: 'the build to go back to', placeholder: 'BUILD' }) },
    needs: { builds: list },
    run: async ({ host, layout, params, needs, say }) => {
      const all = needs.builds.hosts.map((name) => ({ host: name, builds: needs.builds.on({ name }) ?? none }));
      const target = previousBuild(all, params.to);
      await linkBuild(host, layout, target);
      say(`current is ${target}`);
      return target;
    },
  });

  const restartAfterwards = operation({
    name: 'formplayer.restart',
    roles,
    settings,
    run: ({ host, settings: given }) => restartProgram(host, given),
  });

  return { deploy: [build, agree, link, restart, clean], rollback: [list, back, restartAfterwards] } as const;
};

const none: Builds = { current: '', names: [] };

const buildsFolder = (layout: Layout): string => `${layout.root}/formplayer_build`;

/** What `sha256sum` printed for the new jar and, if there is one, for the jar that runs. */
export const compareJars = (sums: string): { readonly jar: string; readonly changed: boolean } => {
  const [jar, running] = sums.split('\n').map((line) => line.split(/\s+/)[0]);
  if (jar === undefined || !/^[0-9a-f]{64}$/.test(jar)) throw new Error(`sha256sum printed: ${sums}`);
  return { jar, changed: jar !== running };
};

/**
 * The build to go back to: the one asked for, else the newest that every host has and that is older
 * than what runs.
 * @throws Error saying who has what, when there is none.
 */
export const previousBuild = (
  all: readonly { readonly host: string; readonly builds: Builds }[],
  asked?: string,
): string => {
  const who = all.map(({ host, builds }) => `${host} runs ${builds.current || 'none'}`).join(', ');
  const common = (all[0]?.builds.names ?? []).filter((name) => all.every(({ builds }) => builds.names.includes(name)));
  if (asked !== undefined) {
    if (common.includes(asked)) return asked;
    throw new Error(`Not every host has the build ${asked}; all have ${common.join(', ') || 'none'}.`);
  }
  if (new Set(all.map(({ builds }) => builds.current)).size > 1)
    throw new Error(`The hosts differ (${who}): name a build, --to BUILD. All have ${common.join(', ') || 'none'}.`);
  const older = common.filter((name) => name < (all[0]?.builds.current ?? ''));
  const target = older.at(-1);
  if (target === undefined) throw new Error(`No older build lies on every host (${who}).`);
  return target;
};

const buildsOn = async (host: Session, layout: Layout): Promise<Builds> => {
  const output = await host.read(
    sh`cd ${buildsFolder(layout)} 2>/dev/null || exit 0; readlink current || echo; ls -1 releases`,
  );
  const [target = '', ...names] = output.split('\n');
  return { current: target.split('/').at(-1) ?? '', names: names.filter(isReleaseId).sort() };
};

/** rename(2), so that there is no moment without a build. */
const linkBuild = (host: Session, layout: Layout, name: string): Promise<void> =>
  host.in(buildsFolder(layout)).run`ln -sfn ${`releases/${name}`} .current.new && mv -fT .current.new current`;

const bring = async (host: Session, jar: string, target: string, run: RunInfo): Promise<void> => {
  if (/^https?:\/\//.test(jar)) return host.run(download(jar, target));
  const file = resolve(run.directory ?? '.', jar);
  await access(file).catch(() => {
    throw new Error(`There is no file ${file} on this machine (setting formplayer_jar).`);
  });
  await host.put(createReadStream(file), target);
};

const download = (url: string, target: string) => sh`
if command -v curl >/dev/null; then curl -fsSL --retry 3 --connect-timeout 20 -o ${target} ${url}
elif command -v wget >/dev/null; then wget -q -T 60 -O ${target} ${url}
else echo 'neither curl nor wget is here to fetch the jar with' >&2; exit 1; fi`;

const restartProgram = async (
  host: Session,
  settings: Parameters<typeof formplayerProgram>[0] & Parameters<typeof supervisorOn>[1],
): Promise<void> => {
  const supervisor = supervisorOn(host, settings);
  const program = formplayerProgram(settings);
  await supervisor.update((name) => name === program);
  const running = (await supervisor.status()).filter((each) => each.name === program && isUp(each));
  if (running.length > 0) await supervisor.stop([program]);
  await supervisor.start([program]);
};

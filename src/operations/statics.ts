import { list, operation, sh, text, type Role, type RunInfo, type Session } from '../api.ts';
import { linesOf, manageAll, managementSettings } from './management.ts';

export interface StaticOptions {
  /** Hosts that serve static files. */
  readonly statics: Role;
  /** Hosts whose code names static files by the hashes in the manifest. */
  readonly web: Role;
}

const staticRoot = text({ description: 'where static files are collected, in the release', default: 'staticfiles' });

/** Static files: made on the hosts that serve them, named alike on the hosts that link to them. */
export const staticOperations = ({ statics, web }: StaticOptions) => {
  const both = [statics, web];
  return {
    /** Removes what was collected before: for a release that took it over from the live one. */
    clear: operation({
      name: 'static.clear',
      roles: both,
      settings: { static_root: staticRoot },
      run: ({ host, release, settings }) => host.in(release.path).run`rm -rf ./${settings.static_root}`,
    }),

    dependencies: operation({
      name: 'static.dependencies',
      roles: both,
      settings: { javascript_commands: list({ description: 'shell words that install what JavaScript needs' }) },
      run: async ({ host, release, settings }) => {
        for (const line of settings.javascript_commands) await host.in(release.path).run`sh -c ${line}`;
      },
    }),

    /** On web workers too, else they would not agree with the proxies on the hashes. */
    version: operation({
      name: 'static.version',
      roles: both,
      settings: managementSettings('version_static_command'),
      run: ({ host, release, settings }) => manageAll(host, release.path, linesOf(settings, 'version_static_command')),
    }),

    collect: operation({
      name: 'static.collect',
      roles: both,
      settings: managementSettings('collectstatic_commands'),
      run: ({ host, release, settings }) => manageAll(host, release.path, linesOf(settings, 'collectstatic_commands')),
    }),

    compress: operation({
      name: 'static.compress',
      roles: [statics],
      settings: managementSettings('compress_commands'),
      run: ({ host, release, settings }) => manageAll(host, release.path, linesOf(settings, 'compress_commands')),
    }),

    /** The manifest of the first static host, for everyone: what it lists is named by its content. */
    shareManifest: operation({
      name: 'static.share-manifest',
      roles: [web],
      uses: [statics],
      settings: {
        ...managementSettings('compress_commands'),
        static_root: staticRoot,
        manifest: text({ description: 'the manifest, below static_root', default: 'CACHE/manifest.json' }),
      },
      run: async ({ host, others, release, layout, run, settings }) => {
        const [source] = others(statics);
        if (source === undefined || source.name === host.name || linesOf(settings, 'compress_commands').length === 0)
          return;
        const path = `${settings.static_root}/${settings.manifest}`;
        const content = await manifestOf(run, source.in(layout.release(release.id)), path);
        const target = `${release.path}/${path}`;
        await host.run(sh`mkdir -p "$(dirname ${target})"`);
        await host.put(`${content}\n`, target);
      },
    }),
  };
};

const manifests = new WeakMap<RunInfo, Promise<string>>();

/** Read once for all hosts of a run. */
const manifestOf = (run: RunInfo, source: Session, path: string): Promise<string> => {
  const known = manifests.get(run) ?? source.read`cat ./${path}`;
  manifests.set(run, known);
  return known;
};

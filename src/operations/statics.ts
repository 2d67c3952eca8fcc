import { list, operation, type Param, type Role } from '../api.ts';
import { linesOf, manageAll, managementSettings } from './management.ts';
import { distributionOperations } from './static-distribution.ts';

export interface StaticOptions {
  /** Hosts that serve static files. The first of them makes them. */
  readonly statics: Role;
  /** Hosts whose code names static files by their content, as the manifest says. */
  readonly web: Role;
}

/** Static files: made once, on the first host that serves them, and brought to all the others. */
export const staticOperations = ({ statics, web }: StaticOptions) => {
  const settings = { static_outputs: staticOutputs };
  return {
    /** Removes what was made before: for a release that took it over from the live one. */
    clear: operation({
      name: 'static.clear',
      roles: [statics, web],
      settings,
      run: ({ host, release, settings: { static_outputs: outputs } }) =>
        host.in(release.path).run`rm -rf ${outputs.map((path) => `./${path}`)}`,
    }),

    dependencies: operation({
      name: 'static.dependencies',
      roles: [statics],
      once: true,
      settings: { javascript_commands: list({ description: 'shell words that install what JavaScript needs' }) },
      run: async ({ host, release, settings: { javascript_commands: lines } }) => {
        for (const line of lines) await host.in(release.path).run`sh -c ${line}`;
      },
    }),

    version: operation({
      name: 'static.version',
      roles: [statics],
      once: true,
      settings: managementSettings('version_static_command'),
      run: ({ host, release, settings: given }) =>
        manageAll(host, release.path, linesOf(given, 'version_static_command')),
    }),

    collect: operation({
      name: 'static.collect',
      roles: [statics],
      once: true,
      settings: managementSettings('collectstatic_commands'),
      run: ({ host, release, settings: given }) =>
        manageAll(host, release.path, linesOf(given, 'collectstatic_commands')),
    }),

    compress: operation({
      name: 'static.compress',
      roles: [statics],
      once: true,
      settings: managementSettings('compress_commands'),
      run: ({ host, release, settings: given }) => manageAll(host, release.path, linesOf(given, 'compress_commands')),
    }),

    ...distributionOperations({ statics, web, staticOutputs }),
  };
};

/** Paths that lie in the release and nowhere else: they are removed before they are written. */
const isInside = (path: string): boolean =>
  path !== '' && !path.startsWith('.fab') && path.split('/').every((part) => !['', '.', '..'].includes(part));

const paths = list({
  description: 'what making static files leaves in a release; brought from the host that made them to the others',
  default: ['staticfiles', 'resource_versions.py', 'resource_versions.json'],
});
const staticOutputs: Param<readonly string[]> = {
  ...paths,
  read: (value) => {
    const found = paths.read(value);
    if (!found.ok || found.value.every(isInside)) return found;
    return { ok: false, failure: 'must be relative paths inside the release, without "." and ".."' };
  },
};

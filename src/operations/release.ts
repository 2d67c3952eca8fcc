import {
  cleanStep,
  count,
  createStep,
  list,
  nameOfPin,
  operation,
  publishStep,
  sh,
  shell,
  type Command,
  type Layout,
  type Role,
} from '../api.ts';

const sharedPaths = list({ description: 'files and folders that outlive releases' });

/** The life of a release on a host. releases-layout.md is the contract. */
export const releaseOperations = ({ roles }: { readonly roles: readonly Role[] }) => ({
  /** The directory, its lock and its record. First in every task that makes a release. */
  create: createStep(roles),

  /** Links what outlives releases into this one: `log` and every entry of `shared_paths`. */
  linkShared: operation({
    name: 'release.link-shared',
    roles,
    settings: { shared_paths: sharedPaths },
    run: async ({ host, release, layout, settings }) => {
      const links = settings.shared_paths.map((entry) => linkTo(entry, release.path, layout));
      if (links.length > 0) await host.run(shell(links.map(({ text }) => text).join(' &&\n')));
    },
  }),

  /** Copies what is costly to make again (`node_modules`, caches) from the live release, if it has it. */
  carry: operation({
    name: 'release.carry',
    roles,
    settings: { carry_paths: list({ description: 'copied from the live release before building' }) },
    run: async ({ host, release, live, settings }) => {
      if (live === undefined || live.path === release.path) return;
      for (const entry of settings.carry_paths) {
        const path = entry.replace(/\/+$/, '');
        const [from, to] = [`${live.path}/${path}`, `${release.path}/${path}`];
        // Copied, never hard-linked: a build that writes into a file must not change the live one.
        await host.run(
          sh`if [ -e ${from} ]; then mkdir -p "$(dirname ${to})" && rm -rf ${to} && cp -a ${from} ${to}; fi`,
        );
      }
    },
  }),

  /** Keeps the release for some days, whatever cleaning comes by. 0 days pins nothing. */
  pin: operation({
    name: 'release.pin',
    roles,
    params: { keep_days: count({ description: 'days that cleaning leaves it alone', default: 0, min: 0 }) },
    run: async ({ host, release, run, params }) => {
      if (params.keep_days > 0)
        await host.run(sh`: > ${`${release.path}/${await nameOfPin(run.startedAt, params.keep_days)}`}`);
    },
  }),

  /** Says where the release lies, for whoever wants to work in it. */
  tell: operation({
    name: 'release.tell',
    roles,
    run: async ({ release, say }) => {
      await Promise.resolve();
      say(release.path);
    },
  }),

  publish: publishStep(roles),
  clean: cleanStep(roles),
});

/** What the repository has at this place gives way; the link is relative, so the tree can be moved. */
const linkTo = (entry: string, release: string, layout: Layout): Command => {
  const path = entry.replace(/\/+$/, '');
  const target = `${layout.shared}/${path}`;
  const link = `${release}/${path}`;
  const folder = link.slice(0, link.lastIndexOf('/'));
  const make = entry.endsWith('/') ? sh`mkdir -p ${target}` : sh`test -e ${target}`;
  return sh`${make} && mkdir -p ${folder} && rm -rf ${link} && ln -s ${relativeTo(path, target, layout.root)} ${link}`;
};

/** From the folder that holds the link inside a release to the shared target: `../../../shared/a/b`. */
const relativeTo = (path: string, target: string, root: string): string => {
  const depth = path.split('/').length + 1; // releases/<id> and the folders above the link
  return `${'../'.repeat(depth)}${target.slice(root.length + 1)}`;
};

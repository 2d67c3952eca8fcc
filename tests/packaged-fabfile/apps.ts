import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Repository, World } from '../end-to-end/world.ts';

const example = (name: string, file = ''): string =>
  fileURLToPath(new URL(join('../../examples', name, file), import.meta.url));

/** The hosts of every group of an example's inventory. */
const groupsIn = (inventory: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    inventory
      .split(/^(?=\[)/m)
      .map((section) => section.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
      .flatMap(([title = '', ...lines]) => {
        const group = /^\[(\w+)\]$/.exec(title)?.[1];
        return group === undefined ? [] : [[group, lines.map((line) => line.split(' ')[0] ?? '')] as const];
      }),
  );

/** An application of examples/ in a repository of its own, on the branch that its settings name. */
export const repositoryOf = (world: World, name: string): Repository => {
  const repository = world.repository(name, {});
  cpSync(example(name), repository.path, { recursive: true });
  repository.commit({}, 'The application');
  repository.git('branch', '-M', 'main');
  return repository;
};

/**
 * The environment that an example documents, with nothing changed but addresses, logins and the
 * repository. No fabfile: the packaged one does it all.
 */
export const documentedEnvironment = (world: World, name: string, repository: Repository): void => {
  const read = (file: string): string => readFileSync(example(name, `environments/production/${file}`), 'utf8');
  world.environment('production', {
    groups: groupsIn(read('inventory.ini')),
    settings: { ...(parse(read('fab-settings.yml')) as Record<string, unknown>), code_repo: repository.path },
  });
};

const ask = `import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode().strip())`;

/** What an application answers to its own host; empty when it does not answer with 200. */
export const heard = async (world: World, host: string, url: string): Promise<string> =>
  (await world.host(host).exec(`python3 -c '${ask}' ${url}`)).stdout.trim();

/** The release that `current` shows on every host that has one; there must be only one. */
export const liveRelease = (world: World): string => {
  const links = new Set(Object.values(world.current('production')).filter((link) => link !== undefined));
  if (links.size !== 1) throw new Error(`not one release is live: ${[...links].join(', ')}`);
  return [...links].join('').replace('releases/', '');
};

/** The work that every tool does, and how much of it: what is deployed, built, shared, kept. */

/** Lines of the program that the build step makes, from the repository's own `bin/build`. */
export const buildLine = 'sh bin/build';
/** What is built: so many files in `build/`, each from one in `pages/`. */
export const builtFiles = 14;
export const buildScript = `#!/bin/sh
set -eu
mkdir -p build
for page in pages/*.txt; do
  tr a-z A-Z <"$page" >"build/\${page##*/}"
done
`;

/** Outlives releases, and lies in each as a link: one directory and one file. */
export const sharedDirectory = 'uploads';
export const sharedFile = 'config/local.env';
export const sharedText = 'SECRET=bench\n';

export const keptReleases = 5;

/** How the fleet's user is called, and where a tool deploys to. */
export const user = 'deploy';
export const rootOf = (tool: string): string => `/home/${user}/www/${tool}`;

/**
 * The layers of `src/`: each may import from itself and from those before it, never from those after
 * it (docs/architecture.md). Names in one row are side by side and do not see each other. The linter
 * and tests/architecture.test.ts both read them here.
 */
export const layers = [
  ['model'],
  ['transport'],
  ['session'],
  ['environment'],
  ['source'],
  ['survey'],
  ['plan'],
  ['run'],
  ['report'],
  ['operations'],
  ['tasks'],
  ['program'],
  ['demo'],
  ['cli'],
];

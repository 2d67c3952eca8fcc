import tseslint from 'typescript-eslint';
import { layers } from './scripts/layers.mjs';

const forbiddenFrom = (row, name) =>
  layers
    .slice(row)
    .flat()
    .filter((other) => other !== name);

const layerRules = layers.flatMap((names, row) =>
  names.map((name) => ({
    files: [`src/${name}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [...forbiddenFrom(row, name).map((other) => `**/${other}/**`), '../index.ts'],
              message: `${name}/ may not import from a later layer (docs/architecture.md).`,
            },
          ],
        },
      ],
    },
  })),
);

/** The built-ins have no private door: what they can do, a user's own operations can. */
const publicApiOnly = {
  files: ['src/operations/**/*.ts', 'src/tasks/**/*.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '^(\\.\\./)+(?!\\.\\./|api\\.ts$|operations/)',
            message: 'Built-ins are written against the public API (src/api.ts) only.',
          },
        ],
      },
    ],
  },
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.cache/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Interpolating numbers and booleans into sentences is what the reports do all day.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `catch` clauses and stream callbacks hand over unknown values that are passed on as they are.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      // `Record<never, never>` is how an operation without parameters says so.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // `void` is the result type of an operation that has nothing to say.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']",
          message: 'Only src/cli/bin.ts may end the process.',
        },
      ],
    },
  },
  { files: ['src/cli/bin.ts', 'src/demo/**/*.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['tests/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/require-await': 'off' },
  },
  ...layerRules,
  publicApiOnly,
);

/** Which tests a run takes: `npm test` leaves the slow suites out, `npm run test:slow` runs only them. */
const slow = process.env['FAB_TEST_SLOW'] === '1';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  reporters: ['<rootDir>/tests/fleet/reporter.mjs', 'default'],
  roots: ['<rootDir>/tests'],
  testMatch: slow ? ['**/*.slow.test.ts'] : ['**/*.test.ts'],
  testPathIgnorePatterns: slow ? ['/node_modules/'] : ['/node_modules/', '\\.slow\\.test\\.ts$'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^fabwright$': '<rootDir>/src/index.ts',
    '^fabwright/testing$': '<rootDir>/src/testing.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testTimeout: 60_000,
  maxWorkers: 2,
};

/** Which tests a run takes: `npm test` the quick ones, `npm run test:slow` the slow ones, `npm run proof` the proofs. */
const kind = process.env['FAB_TEST_KIND'] ?? 'quick';
const kinds = { slow: '**/*.slow.test.ts', proof: '**/*.proof.test.ts' };

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  reporters: ['<rootDir>/tests/fleet/reporter.mjs', 'default'],
  roots: ['<rootDir>/tests'],
  testMatch: [kinds[kind] ?? '**/*.test.ts'],
  testPathIgnorePatterns: kind in kinds ? ['/node_modules/'] : ['/node_modules/', '\\.(slow|proof)\\.test\\.ts$'],
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
  // The slow kinds share the machine with fleets of their own.
  testTimeout: kind in kinds ? 180_000 : 60_000,
  maxWorkers: 2,
};

/**
 * Every suite that touches the database runs twice where it can: on an embedded PostgreSQL, and on a real one.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from 'jest'

type Project = Exclude<NonNullable<Config['projects']>[number], string>

/** No database of their own: units, and the tests of the embedded server itself, which start many. */
const withoutDatabase = ['[.]unit[.]test[.]ts$', '/embedded[^/]*[.]test[.]ts$']
const folders = ['packages/*/test', 'examples', 'plugins/*/test', 'test']

const common = {
  // A server started from here keeps its database there; its files come and go.
  modulePathIgnorePatterns: ['<rootDir>/storage/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023', keepClassNames: true },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  resolver: '<rootDir>/scripts/lib/jest-resolver.cjs',
  moduleNameMapper: { '^@postern/([^/]+)$': '<rootDir>/packages/$1/src/index.ts' },
} satisfies Project

/** The built copy: jest resolves `./x.js` to `./x.ts` in tests only. scripts/test.mjs builds before it runs jest. */
const hook = (name: string): string => `<rootDir>/packages/testkit/dist/jest/${name}.js`

const onServer = (server: 'embedded' | 'postgresql'): Project => ({
  ...common,
  displayName: server,
  globals: { testkitServer: server },
  globalSetup: hook('global-setup'),
  globalTeardown: hook('global-teardown'),
  setupFilesAfterEnv: ['<rootDir>/packages/testkit/src/jest/close-open-apps.ts'],
  testMatch: folders.map((folder) => `<rootDir>/${folder}/**/*.test.ts`),
  testPathIgnorePatterns: ['/node_modules/', ...withoutDatabase],
})

const unit: Project = {
  ...common,
  displayName: 'unit',
  testRegex: withoutDatabase,
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
}

export default async (): Promise<Config> => {
  const { findPostgresql } = await import('./packages/testkit/dist/jest/find-postgresql.js')
  const found = await findPostgresql()
  const notice = found.url === undefined ? `NO TEST RUNS ON A REAL POSTGRESQL: ${found.reason}` : undefined
  return {
    projects: [unit, onServer('embedded'), ...(found.url === undefined ? [] : [onServer('postgresql')])],
    maxWorkers: 2,
    testTimeout: 30_000,
    coverageProvider: 'v8',
    collectCoverageFrom: ['packages/*/src/**/*.ts', '!packages/testkit/src/jest/**'],
    coverageReporters: ['text-summary', 'html', 'json-summary'],
    reporters: ['default', ['<rootDir>/scripts/lib/closing-line-reporter.mjs', { notice }]],
  }
}

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

/** What depends on the server that it runs on: these run on a real PostgreSQL too. */
const databaseFacing = [
  'packages/core/test/query/(?:aggregates|clients-that-leave|filters|keys|list-shape|values)',
  'packages/core/test/data/(?:change|convert|exact|field|first|letters|list-def)',
  'packages/core/test/relations/',
  'packages/core/test/database-unit/',
  'packages/core/test/app/',
  'packages/core/test/cli/(?:account|collection|plugin)-commands',
  'packages/core/test/cli/killed-enable',
  'packages/core/test/plugin-lifecycle/failed-enable',
  'packages/core/test/builtin/(?:root-guard|users)',
  'packages/plugin-api-keys/test/(?:commands|events|manage-keys|owner-changes|revocation|rotate|shared-limits|usage)',
  'packages/plugin-space-tokens/test/(?:isolation|divided|members|revocation|spaces|walls|property|plan)',
  'packages/testkit/test/database',
  'examples/',
  'test/docs',
]
/** Several processes on one database, or users of one: once is enough, on a real PostgreSQL where one answers. */
const severalNodes = ['packages/core/test/nodes/', 'packages/core/test/authors/workers', 'test/walls-exempt']

/** What counts the lines that tests reach sees only what jest itself has loaded. */
const isCounting = process.argv.includes('--coverage')

/** A worker loads the built packages and their dependencies once for all its files: scripts/jest/native-transform.mjs. */
const loadedOnce = {
  '/node_modules/(?!\\.pnpm/|@jest/|jest).*\\.[cm]?js$': '<rootDir>/scripts/jest/native-transform.mjs',
  '/packages/[^/]+/src/(?!jest/)': '<rootDir>/scripts/jest/native-transform.mjs',
}

const common = {
  // A server started from here keeps its database there; its files come and go.
  modulePathIgnorePatterns: ['<rootDir>/storage/'],
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: '<rootDir>/scripts/jest/native-environment.mjs',
  transformIgnorePatterns: [],
  transform: {
    ...(isCounting ? {} : loadedOnce),
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

const onServer = (
  server: 'embedded' | 'postgresql',
  patterns: Pick<Project, 'testRegex' | 'testPathIgnorePatterns'>,
): Project => ({
  ...common,
  displayName: server,
  globals: { testkitServer: server },
  globalSetup: hook('global-setup'),
  globalTeardown: hook('global-teardown'),
  setupFilesAfterEnv: ['<rootDir>/packages/testkit/src/jest/close-open-apps.ts'],
  ...patterns,
})

const never = ['/node_modules/', '/dist/', ...withoutDatabase]
const inFolders = folders.map((folder) =>
  `/${folder}/.*[.]test[.]ts$`.replace('packages/*', 'packages/[^/]+').replace('plugins/*', 'plugins/[^/]+'),
)

/** Everything, save what the real server is there for. */
const embedded = (isAlone: boolean): Project =>
  onServer('embedded', { testRegex: inFolders, testPathIgnorePatterns: [...never, ...(isAlone ? [] : severalNodes)] })

const postgresql: Project = onServer('postgresql', {
  testRegex: [...databaseFacing, ...severalNodes].map((place) => `/${place}.*[.]test[.]ts$`),
  testPathIgnorePatterns: never,
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
    projects: found.url === undefined ? [unit, embedded(true)] : [unit, embedded(false), postgresql],
    maxWorkers: 2,
    testTimeout: 30_000,
    coverageProvider: 'v8',
    collectCoverageFrom: ['packages/*/src/**/*.ts', '!packages/testkit/src/jest/**'],
    coverageReporters: ['text-summary', 'html', 'json-summary'],
    reporters: ['default', ['<rootDir>/scripts/lib/closing-line-reporter.mjs', { notice }]],
  }
}

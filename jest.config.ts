/**
 * `npm test` runs the tiers `unit` and `embedded`, which say how everything behaves, in minutes; `npm run test:all` runs
 * the others too.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from 'jest'

type Project = Exclude<NonNullable<Config['projects']>[number], string>

/** The tiers, by the ends of their files' names. What has no such end has a server of its own in its process. */
const ends = {
  /** No database. */
  unit: '[.]unit[.]test[.]ts$',
  /** Random requests: 1,000 in `npm test`, 10,000 in the rest, or as many as `FUZZ=` says. */
  property: '[.]property[.]test[.]ts$',
  /** Servers and commands in processes of their own, killed, paused and waited for. */
  process: '[.]process[.]test[.]ts$',
  /** What is read and looked at: pages of documentation, which are run, and pages in a browser. */
  page: '[.](?:page|generators)[.]test[.]ts$',
}
const folders = ['packages/[^/]+/test', 'examples', 'plugins/[^/]+/test', 'test']

/** Two servers are not alike in these: versions, plans, locales, what is prepared, what errors say. They run on a real one too. */
const onBoth: Readonly<Record<string, string>> = {
  'core/test/query/(?:aggregates|filters|values)':
    'operators, functions and types are what SQL of another version does',
  'core/test/query/(?:keys|list-shape)': 'the plan, which an order that is not total shows',
  'core/test/query/clients-that-leave': 'a statement is cancelled by a message to the server',
  'core/test/data/(?:change|convert|exact|field|letters|list-def)':
    'DDL, casts, numbers and letters, by version and locale',
  'core/test/data/first': 'races that the server decides',
  'core/test/relations/': 'foreign keys, and the statements with the most joins',
  'core/test/database-unit/': 'the statements themselves',
  'core/test/app/': 'how a server is connected to, refuses, and goes away',
  'core/test/cli/(?:account|collection|plugin)-commands': 'locks and migrations beside a server that runs',
  'core/test/cli/killed-enable': 'what is left of a transaction whose process is gone',
  'core/test/plugin-lifecycle/failed-enable': 'DDL that is rolled back',
  'core/test/builtin/(?:root-guard|users)': 'races that the server decides, and its triggers',
  'plugin-api-keys/test/(?:commands|events|manage-keys|owner-changes|revocation|rotate|shared-limits|usage)':
    'NOTIFY, and what is in force when',
  'plugin-space-tokens/test/(?:isolation|divided|members|revocation|spaces|walls|plan)': 'row level security and plans',
  'testkit/test/database': 'making and dropping databases',
  '(?:examples|plugins/[^/]+/test|test/docs)': 'what a reader does first must work with the database that he has',
}
/** Once is enough, and on a real one where one answers. */
const onReal: Readonly<Record<string, string>> = {
  'core/test/nodes/': 'several servers on one database: what they share is the same on both',
  'core/test/authors/workers': 'the same',
  'plugin-space-tokens/test/walls-exempt': 'makes users of the database, which the user of the embedded one may not',
  'core/test/database-unit/million-rows': 'plans of a size that the embedded one, kept for tests, has no room for',
}

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
  testRunner: '<rootDir>/scripts/jest/measured-runner.mjs',
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
  resolver: '<rootDir>/scripts/jest/resolver.cjs',
  moduleNameMapper: { '^@postern/([^/]+)$': '<rootDir>/packages/$1/src/index.ts' },
} satisfies Project

/** The built copy: jest resolves `./x.js` to `./x.ts` in tests only. scripts/test.mjs builds before it runs jest. */
const hook = (name: string): string => `<rootDir>/packages/testkit/dist/jest/${name}.js`

const onServer = (name: string, server: 'embedded' | 'postgresql', testRegex: string[], globals = {}): Project => ({
  ...common,
  displayName: name,
  globals: { testkitServer: server, ...globals },
  globalSetup: hook('global-setup'),
  globalTeardown: hook('global-teardown'),
  setupFilesAfterEnv: ['<rootDir>/packages/testkit/src/jest/close-open-apps.ts'],
  testRegex,
})

const ignoring = (patterns: string[], project: Project): Project => ({
  ...project,
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...patterns],
})
const ending = (end: string): string[] => folders.map((folder) => `/${folder}/.*${end}`)
const places = (of: Readonly<Record<string, string>>): string[] =>
  Object.keys(of).map((place) => `/${place}.*[.]test[.]ts$`)

/** The tiers; `isReal` says whether a real PostgreSQL answers. */
function tiers(isReal: boolean): Project[] {
  const onlyThere = places(onReal)
  const process = [...ending(ends.process), ...(isReal ? [] : onlyThere)]
  const elsewhere = [ends.unit, ends.process, ends.page, ...onlyThere]
  const both = places({ ...onBoth, ...onReal })
  return [
    ignoring([], { ...common, displayName: 'unit', testRegex: ending(ends.unit) }),
    ignoring(elsewhere, onServer('embedded', 'embedded', ending('[.]test[.]ts$'))),
    ignoring(isReal ? onlyThere : [], onServer('process', 'embedded', process)),
    ignoring([], onServer('page', 'embedded', ending(ends.page))),
    ignoring(
      [],
      onServer('property', isReal ? 'postgresql' : 'embedded', ending(ends.property), { propertyRequests: 10_000 }),
    ),
    ...(isReal
      ? [ignoring([ends.unit, ends.property, '/embedded[^/]*$'], onServer('postgresql', 'postgresql', both))]
      : []),
  ]
}

export default async (): Promise<Config> => {
  const { findPostgresql } = await import('./packages/testkit/dist/jest/find-postgresql.js')
  const found = await findPostgresql()
  // `npm test` would not run on it anyway.
  const isMissed = found.url === undefined && process.env['POSTERN_TEST_PART'] !== 'quick'
  const notice = isMissed ? `NO TEST RUNS ON A REAL POSTGRESQL: ${found.reason}` : undefined
  return {
    projects: tiers(found.url !== undefined),
    maxWorkers: 2,
    testSequencer: '<rootDir>/scripts/jest/longest-first.mjs',
    testTimeout: 30_000,
    coverageProvider: 'v8',
    collectCoverageFrom: ['packages/*/src/**/*.ts', '!packages/testkit/src/jest/**'],
    coverageReporters: ['text-summary', 'html', 'json-summary'],
    reporters: ['default', ['<rootDir>/scripts/jest/closing-line-reporter.mjs', { notice }]],
  }
}

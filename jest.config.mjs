// JavaScript on purpose: on Node 20 jest needs a compiler package of its own to read a jest.config.ts.
import { existsSync } from 'node:fs'

// The built copy: jest does not resolve `./x.js` to `./x.ts` for these two. scripts/test.mjs builds before it runs jest.
const jestHook = (name) =>
  existsSync(new URL(`packages/testkit/src/jest/${name}.ts`, import.meta.url)) &&
  `<rootDir>/packages/testkit/dist/jest/${name}.js`
const globalSetup = jestHook('global-setup')
const globalTeardown = jestHook('global-teardown')

/** @type {import('jest').Config} */
export default {
  testMatch: [
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/examples/**/*.test.ts',
    '<rootDir>/plugins/*/test/**/*.test.ts',
    '<rootDir>/test/**/*.test.ts',
  ],
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
  maxWorkers: 2,
  testTimeout: 30_000,
  ...(globalSetup && { globalSetup }),
  ...(globalTeardown && { globalTeardown }),
  coverageProvider: 'v8',
  collectCoverageFrom: ['packages/*/src/**/*.ts', '!packages/testkit/src/jest/**'],
  coverageReporters: ['text-summary', 'html', 'json-summary'],
  reporters: ['default', '<rootDir>/scripts/lib/closing-line-reporter.mjs'],
}

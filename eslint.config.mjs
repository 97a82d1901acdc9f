// House rules 2, 3, 8 and 9 of ARCHITECTURE.md, and typescript-eslint's recommended rules with type information.
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { house } from './scripts/lib/eslint-house-rules.mjs'

const sources = ['packages/*/src/**/*.ts']
const tests = ['**/test/**/*.ts', 'examples/**/*.ts', '**/*.test.ts', 'jest.config.ts']
const typed = [...sources, ...tests, 'plugins/*/src/**/*.ts']

const processEnv = {
  selector: 'MemberExpression[object.name="process"][property.name="env"]',
  message: 'Only app/config.ts reads process.env; take the setting from the configuration.',
}
const cast = {
  selector: ':matches(TSAsExpression, TSTypeAssertion):not([typeAnnotation.typeName.name="const"])',
  message: 'No `as` here: parse or narrow the value, or give the function that made it a better type (house rule 8).',
}
const environmentImport = {
  paths: [{ name: 'node:process', importNames: ['env'], message: processEnv.message }, { name: 'process' }],
}

export default defineConfig(
  // The typed client is compiled by its own test, against types that are made from a server.
  { ignores: ['**/dist/', '**/node_modules/', '**/coverage/', '**/storage/', 'examples/typed-client/tutorial.ts'] },
  {
    files: ['**/*.{ts,mjs,cjs,js}'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { house },
    rules: {
      'house/file-name': 'error',
      'house/exception-with-reason': 'error',
      'max-lines': ['error', { max: 250 }],
      'prefer-const': 'error',
      'no-var': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'object-shorthand': 'error',
    },
  },
  {
    files: typed,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // An interface may promise more than one implementation needs: `async` keeps a throw inside the promise.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: sources,
    rules: {
      'max-lines-per-function': ['error', { max: 40, skipComments: true }],
      'no-restricted-syntax': ['error', processEnv, cast],
      'no-restricted-imports': ['error', environmentImport],
      'no-console': 'error',
    },
  },
  {
    files: ['packages/core/src/{kernel,schema}/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', processEnv], 'house/cast-with-reason': 'error' },
  },
  {
    files: ['packages/core/src/app/config.ts'],
    rules: { 'no-restricted-syntax': ['error', cast] },
  },
  {
    // jest hands what global setup found out to its workers through the environment.
    files: ['packages/testkit/src/jest/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', cast] },
  },
  {
    // What comes back over the wire is `any` until a test has looked at it, and the looking is the test.
    files: tests,
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
)

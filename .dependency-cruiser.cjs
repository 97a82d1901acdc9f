// House rules 1 and 2: who may import whom. Types count as imports.

/** Left to right: a room imports itself and the rooms before it. */
const corridor = [
  'kernel',
  'schema',
  'database',
  'auth',
  'acl',
  'resources',
  'http',
  'plugins',
  'builtin',
  'app',
  'cli',
]

const core = '^packages/core/src'
const nodeModule = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})/`

const leftwards = corridor.slice(0, -1).map((room, index) => ({
  name: `${room}-imports-leftwards`,
  severity: 'error',
  comment: `${room}/ may import only itself and ${corridor.slice(0, index).join(', ') || 'nothing else'}.`,
  from: { path: `${core}/${room}/` },
  to: { path: `${core}/(${corridor.slice(index + 1).join('|')})/` },
}))

const onlyFrom = (name, modules, allowed) => ({
  name,
  severity: 'error',
  from: { path: '^packages/[^/]+/src/', pathNot: allowed },
  to: { path: nodeModule(...modules) },
})

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...leftwards,
    {
      name: 'rooms-do-not-import-the-index',
      severity: 'error',
      comment: 'index.ts is the public face; inside, import the file that has it.',
      from: { path: `${core}/[^/]+/` },
      to: { path: `${core}/[^/]+\\.ts$` },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    // testkit makes and drops whole databases, which no application does.
    onlyFrom(
      'sql-in-database-only',
      ['sequelize', 'pg', 'umzug'],
      [`${core}/database/`, '^packages/testkit/src/administration\\.ts$'],
    ),
    onlyFrom('koa-in-http-only', ['koa', '@koa/router', 'koa__router'], `${core}/http/`),
    onlyFrom('redis-in-auth-rate-limit-only', ['ioredis'], `${core}/auth/rate-limit/redis-store\\.ts$`),
    onlyFrom('jwt-in-auth-jwt-only', ['jsonwebtoken'], `${core}/auth/jwt\\.ts$`),
    {
      name: 'core-imports-nothing-of-ours',
      severity: 'error',
      from: { path: `${core}/` },
      to: { path: '^packages/(?!core/)' },
    },
    {
      name: 'core-only-through-its-index',
      severity: 'error',
      comment: 'Plugins, testkit and examples see what everybody sees.',
      from: { path: '^(packages/(plugin-[^/]+|testkit)/src|examples|plugins)/' },
      to: { path: `${core}/`, pathNot: `${core}/index\\.ts$` },
    },
    {
      name: 'plugins-import-core-and-faces-of-plugins',
      severity: 'error',
      comment:
        'A plugin imports another only for a token or an event exported by that plugin’s index.ts; never testkit.',
      from: { path: '^packages/(plugin-[^/]+)/src/' },
      to: {
        path: '^packages/',
        pathNot: ['^packages/$1/src/', `${core}/index\\.ts$`, '^packages/plugin-[^/]+/src/index\\.ts$'],
      },
    },
    {
      name: 'testkit-imports-core',
      severity: 'error',
      from: { path: '^packages/testkit/src/' },
      to: { path: '^packages/(?!core/|testkit/)' },
    },
    {
      name: 'declared-dependencies-only',
      severity: 'error',
      comment:
        'What src/ imports stands under dependencies in the package’s own package.json (types: under devDependencies).',
      from: { path: '^packages/[^/]+/src/' },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'],
        dependencyTypesNot: ['type-only'],
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.cruise.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: 'node_modules' },
    // The typed client imports types that its own test makes.
    exclude: {
      path: [
        '^((packages|plugins|examples)/[^/]+/dist|coverage|storage|docs|bench)/',
        '^examples/typed-client/tutorial\\.ts$',
      ],
    },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
}

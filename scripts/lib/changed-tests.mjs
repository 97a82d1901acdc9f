// Which tests a change can reach, by imports.
//
// Through the front door of a package, `@postern/core`, everything reaches everything. So imports are followed only as far
// as they name a file; what comes in by the front door is stood for by the tests of the room that changed.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import typescript from 'typescript'
import { root } from './setup.mjs'

/** The folders of `packages/core/test` that are about a room of `packages/core/src`. */
export const testsOfRoom = {
  kernel: ['kernel'],
  schema: ['schema', 'types', 'data'],
  database: ['database', 'database-unit', 'query'],
  auth: ['auth', 'credential'],
  acl: ['acl', 'acl-unit'],
  resources: ['data', 'query', 'relations'],
  http: ['http', 'query'],
  plugins: ['plugin-context', 'plugin-lifecycle', 'plugins', 'plugins-unit'],
  builtin: ['builtin'],
  app: ['app'],
  cli: ['cli'],
}

const isTest = (file) => file.endsWith('.test.ts')
const isFrontDoor = (file) => /^packages\/[^/]+\/src\/index\.ts$/.test(file)

function sourceFiles() {
  const folders = ['packages', 'examples', 'plugins', 'test'].filter((folder) => existsSync(join(root, folder)))
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => `${folder}/${name}`)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !/\/(node_modules|dist)\//.test(file)),
  )
}

/** The files of ours that a file names in its imports, those in `import()` included. */
function importsOf(file) {
  const { importedFiles } = typescript.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true)
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => relative(root, join(root, dirname(file), fileName)).replace(/\.js$/, '.ts'))
}

function importersByFile(files) {
  const importers = new Map()
  for (const file of files) {
    for (const imported of importsOf(file)) importers.set(imported, [...(importers.get(imported) ?? []), file])
  }
  return importers
}

/** What has changed, or is new, since a revision. */
function changesSince(revision) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean)
  return [...git('diff', '--name-only', revision), ...git('ls-files', '--others', '--exclude-standard')]
}

/** The beginnings of the paths of tests that stand for what comes in by the front door. */
export function placesFor(file) {
  const [, room] = /^packages\/core\/src\/([^/]+)\//.exec(file) ?? []
  if (room !== undefined) return (testsOfRoom[room] ?? []).map((folder) => `packages/core/test/${folder}/`)
  const [, own] = /^(packages\/[^/]+\/|examples\/[^/]+\/)/.exec(file) ?? []
  return own === undefined ? [] : [own]
}

/** @returns the test files that changes to these files can reach */
export function testsReachedBy(changed, files = sourceFiles()) {
  const importers = importersByFile(files)
  const reached = new Set()
  const follow = (file) => {
    if (reached.has(file)) return
    reached.add(file)
    if (!isFrontDoor(file)) for (const importer of importers.get(file) ?? []) follow(importer)
  }
  for (const file of changed) follow(file)
  const places = changed.flatMap(placesFor)
  return files.filter((file) => isTest(file) && (reached.has(file) || places.some((place) => file.startsWith(place))))
}

export function changedTests(since) {
  const changed = changesSince(since)
  const files = testsReachedBy(changed)
  return {
    files,
    reason: `${changed.length} files have changed since ${since}; they reach ${files.length} files of tests.`,
  }
}

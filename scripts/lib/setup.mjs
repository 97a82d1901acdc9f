// Brings a checkout from `git clone` to ready, with nothing but Node and npm, and costs a few milliseconds once it is.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file) => readFileSync(join(root, file), 'utf8')
const manifest = JSON.parse(read('package.json'))

export function setUp() {
  requireNode()
  once('install', installDigest(), ['node_modules/.pnpm'], install)
  const outputs = packages().map((folder) => `${folder}/dist/index.js`)
  once('build', buildDigest(), outputs, build)
}

/** Runs one of the installed tools and waits; answers its exit code. Output goes where ours goes. */
export function runTool(args, stdio = 'inherit') {
  return spawnSync(process.execPath, args, { cwd: root, stdio }).status ?? 1
}

function requireNode() {
  const wanted = manifest.engines.node.replace('>=', '')
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number)
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  stop(3, `Postern needs Node.js ${wanted} or newer, and this is ${process.versions.node}: install a newer Node.js.`)
}

/** Does the work unless it was done for the same input and its result is still there; notes it inside node_modules. */
function once(name, digest, results, work) {
  const stamps = join(root, 'node_modules', '.postern')
  const done = existsSync(join(stamps, name)) && readFileSync(join(stamps, name), 'utf8') === digest
  if (done && results.every((result) => existsSync(join(root, result)))) return
  work()
  mkdirSync(stamps, { recursive: true })
  writeFileSync(join(stamps, name), digest)
}

function installDigest() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  return hash.update(read('pnpm-workspace.yaml')).update(read('pnpm-lock.yaml')).digest('hex')
}

function install() {
  const pnpm = manifest.packageManager
  say(`installing dependencies with ${pnpm} (the first time this takes a minute)`)
  // A pnpm that is in npm's cache is used without asking the registry, which would take a minute to fail without network.
  const cached = npx(['--offline', '--yes', pnpm, '--version'], 'ignore').status === 0
  const fetching = cached ? '--prefer-offline' : '--prefer-online'
  const args = [fetching, '--yes', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only']
  const { status, error } = npx(args, onStandardError)
  if (status === 0) return
  console.error(`\nThe dependencies could not be installed: ${error?.message ?? 'the lines above say why'}.`)
  stop(1, 'They come from the npm registry: check the connection, or the proxy settings, and run the same again.')
}

function npx(args, stdio) {
  const shell = process.platform === 'win32' // where npx is a script that only a shell can run
  return spawnSync('npx', args, { cwd: root, stdio, env: outsideEnv(), shell })
}

/** npm tells a script about the package it runs in; passed on, that would mislead the npx and pnpm started from here. */
function outsideEnv() {
  const inherited = /^npm_(package_|lifecycle_|config_(local_prefix|global_prefix|prefix)$|command$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)))
}

/** Names, times and sizes of everything that a build reads: far cheaper than asking the compiler, which takes a second. */
function buildDigest() {
  const hash = createHash('sha256')
  for (const file of buildInputs()) {
    const { mtimeMs, size } = statSync(join(root, file))
    hash.update(`${file} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex')
}

function buildInputs() {
  const sources = packages().flatMap((folder) => [
    `${folder}/package.json`,
    `${folder}/tsconfig.json`,
    ...readdirSync(join(root, folder, 'src'), { recursive: true }).map((name) => `${folder}/src/${name}`),
  ])
  return ['pnpm-lock.yaml', 'tsconfig.base.json', 'tsconfig.build.json', ...sources]
}

function packages() {
  return JSON.parse(read('tsconfig.build.json')).references.map((reference) => reference.path)
}

function build() {
  say('building')
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const code = runTool([tsc, '-b', 'tsconfig.build.json'], onStandardError)
  if (code !== 0) stop(1, 'The build failed; the lines above say where.')
}

const onStandardError = ['ignore', 2, 2] // standard output belongs to the command that is being set up
const say = (text) => console.error(`postern: ${text} …`)

function stop(code, text) {
  console.error(text)
  process.exit(code)
}

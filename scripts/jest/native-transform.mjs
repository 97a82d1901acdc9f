// Instead of evaluating our packages and their dependencies anew inside jest's virtual modules for each test file, which
// takes longer than most files' tests, a worker loads them once, with node's own loader, and every test file is handed
// what they export. What is loaded is what the build has made: tests see what users run.
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'
import { doorName } from './native-environment.mjs'

const require = createRequire(import.meta.url)
const source = join(sep, 'src', sep)

/** `packages/core/src/x.ts` stands for `packages/core/dist/x.js`; a dependency for itself. */
const loadedFor = (path) => {
  const at = path.includes(`${sep}node_modules${sep}`) ? -1 : path.lastIndexOf(source)
  if (at === -1) return path
  return `${path.slice(0, at)}${join(sep, 'dist', sep)}${path.slice(at + source.length).replace(/\.ts$/, '.js')}`
}

const door = `globalThis[Symbol.for(${JSON.stringify(doorName)})]`

export default {
  getCacheKey: (_text, path, { supportsStaticESM }) => {
    const file = loadedFor(path)
    const { mtimeMs, size } = statSync(file)
    return createHash('sha256').update(`5 ${file} ${mtimeMs} ${size} ${supportsStaticESM}`).digest('hex')
  },
  process: (_text, path, { supportsStaticESM }) => {
    const file = loadedFor(path)
    const loaded = `${door}(${JSON.stringify(file)})`
    const names = Object.keys(require(file))
    if (supportsStaticESM) return { code: asEcmaScript(loaded, names) }
    // The second line is never run: it tells jest, which reads before it runs, what there is to import.
    const told = names.map((name) => `exports[${JSON.stringify(name)}] = `)
    return { code: `module.exports = ${loaded}\n0 && (${told.join('')}0)\n` }
  },
}

const asEcmaScript = (loaded, names) => {
  const values = names.map((name, at) => `v${at} = loaded[${JSON.stringify(name)}]`)
  const exported = names.map((name, at) => `v${at} as ${JSON.stringify(name)}`)
  return `${[`const loaded = ${loaded}`, ...values].join(', ')}\nexport { ${exported} }\n`
}

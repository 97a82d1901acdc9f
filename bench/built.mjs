// What was built, and the packages that core itself uses: the bare servers run the very same pg, Koa and jsonwebtoken.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const core = new URL('../packages/core/', import.meta.url)

export function requireBuild() {
  const outputs = ['packages/core/dist/index.js', 'packages/plugin-api-keys/dist/index.js']
  const missing = outputs.find((file) => !existsSync(`${root}/${file}`))
  if (missing === undefined) return
  console.error(`bench: ${missing} is missing. Build first: pnpm build (after npm start or npm test it is there).`)
  process.exit(1)
}

/** A package that core depends on. */
export const packageOfCore = createRequire(new URL('package.json', core))

/** A module of core, for what is not public: the builder of statements. */
export const moduleOfCore = (path) => import(new URL(`dist/${path}`, core).href)

#!/usr/bin/env node
// Committed, not built: package managers link a command when they install, which is before anything is built.
import { existsSync } from 'node:fs'
import module from 'node:module'

// Node.js 22.1 and newer keep what they have compiled, so that the next command starts sooner.
module.enableCompileCache?.()

const entry = new URL('../dist/cli/bin.js', import.meta.url)
if (existsSync(entry)) {
  await import(entry.href)
} else {
  console.error('postern: this checkout is not built yet. Run `npm start` (installs and builds) or `pnpm build` first.')
  process.exitCode = 3
}

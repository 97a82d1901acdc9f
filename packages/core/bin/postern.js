#!/usr/bin/env node
// Committed, not built: package managers link a command when they install, which is before anything is built.
import { existsSync } from 'node:fs'

const entry = new URL('../dist/cli/bin.js', import.meta.url)
if (existsSync(entry)) {
  await import(entry.href)
} else {
  console.error('postern: this checkout is not built yet. Run `npm start` (installs and builds) or `pnpm build` first.')
  process.exitCode = 3
}

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { definedErrors } from '@postern/core'
import { readPage, repository } from './markdown-blocks.js'

interface Entry {
  readonly code: string
  readonly status: number
  readonly message: string
  readonly hint?: string
}

const unescape = (text: string): string => text.trim().replace(/\\([\\|<>*])/g, '$1')

/** Rows of the table of the wire, and the sections of all other errors. */
function entriesOf(page: string): Entry[] {
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (\d+) +\| (.+) \|$/gm)]
  const sections = [...page.matchAll(/^### `(\w+)`\n\n(\d+), exit code \d: (.+)\n(?:\n> (.+)\n)?/gm)]
  return [...rows, ...sections].map(([, code = '', status, message = '', hint]) => ({
    code,
    status: Number(status),
    message: unescape(message),
    ...(hint === undefined ? {} : { hint: unescape(hint) }),
  }))
}

/** An error is defined when its module is loaded. */
async function loadAll(packageName: string): Promise<void> {
  const folder = join(repository, 'packages', packageName, 'src')
  for (const file of readdirSync(folder, { recursive: true }).map(String)) {
    // Loading the command would run it.
    if (file.endsWith('.ts') && !file.endsWith('bin.ts')) await import(join(folder, file))
  }
}

beforeAll(async () => {
  const names = readdirSync(join(repository, 'packages'))
  for (const name of names.filter((one) => one === 'core' || one.startsWith('plugin-'))) await loadAll(name)
}, 60_000)

describe('docs/errors.md', () => {
  it('has every error of the catalogue and no other, as they are (node scripts/docs-errors.mjs writes it)', () => {
    const byCode = (entries: readonly Entry[]) => Object.fromEntries(entries.map((entry) => [entry.code, entry]))
    const catalogue = definedErrors().map(({ code, status, message, hint }) => ({
      code,
      status,
      message,
      ...(hint === undefined ? {} : { hint }),
    }))
    expect(byCode(entriesOf(readPage('docs/errors.md')))).toEqual(byCode(catalogue))
  })
})

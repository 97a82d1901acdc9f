import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { readPage, repository } from './markdown-blocks.js'

/** In a process of its own: in this one, plugins of other tests may have defined errors too. */
const written = (): string =>
  execFileSync(process.execPath, [join(repository, 'scripts', 'docs-errors.mjs'), '--print'], { encoding: 'utf8' })

describe('docs/errors.md', () => {
  it('has every error of the catalogue and no other, as they are (node scripts/docs-errors.mjs writes it)', () => {
    expect(readPage('docs/errors.md')).toBe(written())
  })
})

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, it } from '@jest/globals'
import { repository } from './markdown-blocks.js'

const run = promisify(execFile)

describe('docs/cli.md', () => {
  it('has what every command says with --help, those of plugins included', async () => {
    await run(process.execPath, [join(repository, 'scripts', 'docs-cli.mjs'), '--check'])
  }, 120_000)
})

import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { blocksOf, isFile, pages, repository } from './markdown-blocks.js'

const run = promisify(execFile)
const blocks = pages.flatMap(blocksOf).filter(({ language }) => language === 'ts')

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-docs-types-'))
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const options = { noEmit: true, types: ['node'], typeRoots: [join(repository, 'node_modules', '@types')] }
  const configuration = { extends: join(repository, 'tsconfig.base.json'), compilerOptions: options }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
  for (const { page, line, argument, text } of blocks) {
    const file = join(folder, page, argument === '' ? `line-${line}.ts` : argument)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the code in the documentation', () => {
  it('has right types', async () => {
    const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc')
    const checked = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error)
    expect(checked.stdout).toBe('')
  }, 60_000)

  const twins = blocks.flatMap((block) => {
    const [, plugin = '', path = ''] = /^plugins\/([^/]+)\/(.+)$/.exec(block.argument) ?? []
    const twin = `examples/${plugin}-plugin/${path}`
    return isFile(block) && existsSync(join(repository, twin)) ? [{ twin, text: block.text }] : []
  })

  it.each(twins)('is what the tests run: $twin', ({ twin, text }) => {
    expect(text).toBe(readFileSync(join(repository, twin), 'utf8'))
  })

  it('has the plugin of docs/first-plugin.md, with its test, among the examples', () => {
    expect(twins.map(({ twin }) => twin)).toEqual([
      'examples/notes-plugin/src/index.ts',
      'examples/notes-plugin/test/notes.test.ts',
    ])
  })
})

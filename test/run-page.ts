import { afterEach, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { blocksOf, isFile, type Block } from './markdown-blocks.js'
import { Project } from './project.js'

let project: Project | undefined
let database: TestDatabase | undefined

const instant = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g

/** `…` stands for anything, and a time for any time; the rest is to the letter. */
function pattern(text: string): RegExp {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const times = escaped.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\\\.\d{3}Z/g, '<time>')
  return new RegExp(times.replaceAll('<time>', instant.source).replaceAll('…', '[^]*?'))
}

const linesOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))

/** The output of the block before: for `json` its last line, whose members have the same order; for `text` its lines. */
function compare({ page, line, language, text }: Block, output: string): void {
  const where = `${page}:${line}`
  if (language === 'json') {
    const expected = JSON.stringify(JSON.parse(text))
    const last = linesOf(output).at(-1) ?? ''
    expect({ where, output: last }).toEqual({ where, output: expect.stringMatching(`^${pattern(expected).source}$`) })
  } else {
    const expected = linesOf(text).map((one) => pattern(one).source)
    expect({ where, output }).toEqual({ where, output: expect.stringMatching(expected.join('\\s*\\n[^]*?')) })
  }
}

async function runBlock(block: Block, reader: Project): Promise<string> {
  const isStopped = block.argument === 'stopped'
  if (isStopped) await reader.stop()
  const output = await reader.run(block.text)
  if (isStopped) await reader.start()
  return output
}

const isRun = ({ language }: Block): boolean => language === 'sh'
const isOutput = ({ language, follows }: Block): boolean => follows && ['text', 'json'].includes(language)

async function runBlocks(blocks: readonly Block[], reader: Project): Promise<void> {
  let output: string | undefined
  for (const block of blocks) {
    if (isFile(block)) await reader.write(block.argument, block.text)
    if (output !== undefined && isOutput(block)) compare(block, output)
    output = isRun(block) ? await runBlock(block, reader) : undefined
  }
}

/** A test for each page: it is run as a reader would. CONTRIBUTING.md says what the kinds of blocks mean. */
export function testPages(pages: readonly string[], { onPostgresql = false } = {}): void {
  afterEach(async () => {
    await project?.close()
    await database?.drop()
    project = undefined
    database = undefined
  })
  for (const page of pages) {
    const blocks = blocksOf(page)
    if (!blocks.some(isRun)) continue
    it(`works: ${page}`, async () => {
      database = onPostgresql ? await createDatabase() : undefined
      project = await Project.open({ databaseUrl: database?.url, realNpx: page === 'README.md' })
      await project.start()
      await runBlocks(blocks, project)
    }, 120_000)
  }
}

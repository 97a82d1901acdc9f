// Runs README.md and the pages of docs/ as a reader would. CONTRIBUTING.md says what the kinds of blocks mean. Every page
// is run on the embedded PostgreSQL; README.md, in the jest project `postgresql`, on a real one too.
import { afterEach, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { blocksOf, isFile, pages, type Block } from './markdown-blocks.js'
import { Project } from './project.js'

const onPostgresql = Reflect.get(globalThis, 'testkitServer') === 'postgresql'

let project: Project | undefined
let database: TestDatabase | undefined

afterEach(async () => {
  await project?.close()
  await database?.drop()
  project = undefined
  database = undefined
})

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

const runnable = ({ language }: Block): boolean => language === 'sh'

describe('what the documentation says', () => {
  const wanted = onPostgresql ? ['README.md'] : pages
  for (const page of wanted) {
    const blocks = blocksOf(page)
    if (!blocks.some(runnable)) continue
    it(`works: ${page}`, async () => {
      database = onPostgresql ? await createDatabase() : undefined
      const reader = (project = await Project.open({ databaseUrl: database?.url, realNpx: page === 'README.md' }))
      await reader.start()
      let output: string | undefined
      for (const block of blocks) {
        if (runnable(block)) output = await runBlock(block, reader)
        else if (isFile(block)) await reader.write(block.argument, block.text)
        else if (output !== undefined && block.follows && ['text', 'json'].includes(block.language))
          compare(block, output)
        if (!runnable(block)) output = undefined
      }
    }, 120_000)
  }
})

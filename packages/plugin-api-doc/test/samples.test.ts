// What the page copies, run as it stands: a shell, Node.js and Python.
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { createDocApp, rootSession } from './doc-app.js'

interface Sample {
  readonly method: string
  readonly url: string
  readonly header: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}
type Write = (sample: Sample) => string

const run = promisify(execFile)
const runners: Readonly<Record<string, (code: string) => readonly [program: string, words: readonly string[]]>> = {
  curl: (code) => ['/bin/sh', ['-c', `${code} -s -w '\\n%{http_code}'`]],
  javascript: (code) => [process.execPath, ['--input-type=module', '-e', code]],
  python: (code) => ['python3', ['-c', code]],
}

let app: TestApp
let KEY: string
let samples: Readonly<Record<string, Write>>

beforeAll(async () => {
  app = await createDocApp()
  KEY = await rootSession(app)
  samples = await import(new URL('../page/samples.js', import.meta.url).href)
})
afterAll(() => app?.close())

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.error('NO PYTHON SAMPLE IS RUN: there is no python3. On Debian: apt-get install python3')
const names = Object.keys(runners).filter((name) => name !== 'python' || hasPython)

/** What a person sees who pastes it. */
async function paste(name: string, sample: Sample): Promise<string> {
  const [program, words] = runners[name]?.(samples[name]?.(sample) ?? '') ?? ['', []]
  const { stdout } = await run(program, [...words], { env: { PATH: process.env['PATH'], KEY } })
  return stdout
}

describe.each(names)('%s', (name) => {
  it('reads', async () => {
    const url = `${app.url}/api/todos:list?filter=${encodeURIComponent('{"title":{"$includes":"a\'b"}}')}`
    const shown = await paste(name, { method: 'GET', url, header: 'Authorization', headers: { 'X-Timezone': 'UTC' } })
    expect(shown).toContain('200')
    expect(shown).toContain('"data":[')
    expect(shown).not.toContain(KEY)
  }, 30_000)

  it('writes, whatever the text holds', async () => {
    const title = `${name}: it's "so" \\ $HOME \`x\` ☃ \u2028`
    const sample = {
      ...{ method: 'POST', url: `${app.url}/api/todos:create`, header: 'Authorization' },
      ...{ headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ title }, null, 2) },
    }
    expect(await paste(name, sample)).toContain('200')
    expect(await app.as('root').call('todos', 'list', { filter: { title } })).toHaveLength(1)
  }, 30_000)

  it('shows what an error says', async () => {
    const sample = { method: 'GET', url: `${app.url}/api/todos:get/999999`, header: 'Authorization', headers: {} }
    const shown = await paste(name, sample)
    expect(shown).toContain('404')
    expect(shown).toContain('NOT_FOUND')
  }, 30_000)
})

// Runs once on the embedded PostgreSQL and, in the jest project `postgresql`, once on a real one. Where none answers,
// that project is left out, and jest.config.ts puts a box around the news.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from '@jest/globals'
import { createDatabase } from '@postern/testkit'

const walk = fileURLToPath(new URL('walk.mjs', import.meta.url))
const onPostgresql = Reflect.get(globalThis, 'testkitServer') === 'postgresql'
const where = onPostgresql ? 'DATABASE_URL' : 'the embedded PostgreSQL'

let running: ChildProcess | undefined

afterAll(() => void running?.kill('SIGTERM'))

async function runWalk(databaseUrl: string | undefined) {
  const { DATABASE_URL: _, ...environment } = process.env
  const given = databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }
  const child = spawn(process.execPath, [walk], { env: { ...environment, ...given } })
  running = child
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as unknown, stdout, stderr }
}

describe('the to-do tutorial', () => {
  it(`works step by step on ${where}`, async () => {
    const database = onPostgresql ? await createDatabase() : undefined
    try {
      const { code, stdout, stderr } = await runWalk(database?.url)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const steps = stdout.trim().split('\n')
      expect(steps.map((step) => step.slice(0, 2))).toEqual(['1.', '2.', '3.', '4.', '5.', '6.', '7.', '8.', '9.'])
      expect(steps[0]).toContain(where)
    } finally {
      await database?.drop()
    }
  }, 180_000)
})

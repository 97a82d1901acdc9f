import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hashToken, type Logger } from '@postern/core'
import type { TestApp, TestUser } from '@postern/testkit'
import { createKeyApp, makeKey, post, useKey } from './key-app.js'

/** Everything that anybody says to the log, at every level, without the redaction that the server's own log adds. */
const lines: string[] = []
const shownInLog = (_name: string, value: unknown): unknown =>
  value instanceof Error ? [value.message, value.stack, value.cause] : value
const note = (...said: readonly unknown[]): void => void lines.push(JSON.stringify(said, shownInLog))
const log: Logger = { trace: note, debug: note, info: note, warn: note, error: note, child: () => log }

let app: TestApp
let ann: TestUser
const tokens: string[] = []

beforeAll(async () => {
  app = await createKeyApp({ log })
  ann = await app.user('ann', { roles: ['editor'] })
  const key = await makeKey(app, ann)
  tokens.push(key.token)
  await useKey(app, key)
  await useKey(app, { token: `${key.token}A` })
  await app.request('GET', `/api/todos:list?token=${key.token}`)
  await app.request('GET', `/api/todos:list?filter=${key.token}`, { token: key.token })
  await post(app, 'apiKeys:create', key.token, { name: 'x', role: 'editor' })
  await post(app, `apiKeys:update/${key.id}`, ann.token, { enabled: false })
  await useKey(app, key)
  const made = await app.application.commands
    .get('key create')
    ?.run({ arguments: [], options: { user: ann.email, role: 'editor', name: 'command', quiet: true } })
  tokens.push(made?.text ?? '')
})
afterAll(() => app?.close())

/** The parts that must be nowhere: the token, and its signature, with which the rest could be made again. */
const secretsOf = (token: string): readonly string[] => [token, token.slice(token.lastIndexOf('.') + 1)]

async function everyRow(): Promise<string> {
  const { db } = app.application
  const { rows } = await db.sql`
    SELECT table_schema, table_name, query_to_xml(format('SELECT * FROM %I.%I', table_schema, table_name), true, true, '')::text AS content
    FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`
  return JSON.stringify(rows)
}

describe('the token', () => {
  it('is nowhere in the database, where a hash and four characters of it are', async () => {
    const content = await everyRow()
    for (const token of tokens) {
      expect(token).toMatch(/^eyJ/)
      for (const secret of secretsOf(token)) expect(content).not.toContain(secret)
      expect(content).toContain(hashToken(token))
      expect(content).toContain(`<lastFour>${token.slice(-4)}</lastFour>`)
    }
  })

  it('is not said to the log by anything of ours', () => {
    expect(lines.length).toBeGreaterThan(5)
    for (const token of tokens) for (const secret of secretsOf(token)) expect(lines.join('\n')).not.toContain(secret)
  })

  it('is in no other answer than that to its creation, and neither is its hash', async () => {
    const root = await app.signIn('root')
    const paths = ['apiKeys:list', 'apiKeys:get/1', 'auth:check', 'users:list', `apiKeys:list?filter={"id":1}`]
    for (const path of paths) {
      for (const token of [ann.token, root]) {
        const { text } = await app.request('GET', `/api/${path}`, { token })
        for (const made of tokens) {
          for (const secret of [...secretsOf(made), hashToken(made)]) expect(text).not.toContain(secret)
        }
      }
    }
  })

  it('is not in the answers to writing calls', async () => {
    const key = await makeKey(app, ann)
    const { text } = await post(app, `apiKeys:update/${key.id}`, ann.token, { name: 'renamed' })
    for (const secret of [...secretsOf(key.token), hashToken(key.token), 'jti', 'signedBy']) {
      expect(text).not.toContain(secret)
    }
  })
})

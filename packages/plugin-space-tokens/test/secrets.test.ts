import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hashToken, type Logger } from '@postern/core'
import { ask, createWorld, data, get, post, type World } from './space-app.js'

/** Everything that anybody says to the log, at every level, without the redaction that the server's own log adds. */
const lines: string[] = []
const shownInLog = (_name: string, value: unknown): unknown =>
  value instanceof Error ? [value.message, value.stack, value.cause] : value
const note = (...said: readonly unknown[]): void => void lines.push(JSON.stringify(said, shownInLog))
const log: Logger = { trace: note, debug: note, info: note, warn: note, error: note, child: () => log }

let world: World
const tokens: string[] = []

beforeAll(async () => {
  world = await createWorld({ log })
  const { app, ann, a } = world
  const { id, token } = await data(post(app, ann, `spaces/${a}/tokens:create`, { name: 'ci' }))
  const { spaceToken } = { spaceToken: token }
  await get(app, { spaceToken }, 'tasks:list')
  await get(app, { spaceToken: `${token}A` }, 'tasks:list')
  await get(app, {}, `tasks:list?token=${token}`)
  await get(app, { spaceToken }, `tasks:list?filter=${token}`)
  await post(app, { spaceToken }, 'tasks:create', { title: 7 })
  await ask(app, { spaceToken }, 'GET', '/openapi/bases/A/tables/nothing/records')
  const rotated = await data(post(app, ann, `spaces/${a}/tokens:rotate/${id}`, {}))
  const options = { space: 'A', user: 'ann', name: 'command', quiet: true }
  const made = await app.application.commands.get('token create')?.run({ arguments: [], options })
  tokens.push(token, rotated.token, made?.text ?? '')
})
afterAll(() => world?.app.close())

describe('the token', () => {
  it('is nowhere in the database, where a hash and four characters of it are', async () => {
    const { rows } = await world.app.application.db.sql`
      SELECT query_to_xml(format('SELECT * FROM %I.%I', table_schema, table_name), true, true, '')::text AS content
      FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`
    const content = JSON.stringify(rows)
    for (const token of tokens) {
      expect(token).toMatch(/^postern_space_/)
      expect(content).not.toContain(token.slice(14))
      expect(content).toContain(hashToken(token))
      expect(content).toContain(`<lastFour>${token.slice(-4)}</lastFour>`)
    }
  })

  it('is not said to the log by anything of ours', () => {
    expect(lines.length).toBeGreaterThan(5)
    for (const token of tokens) expect(lines.join('\n')).not.toContain(token.slice(14))
  })

  it('is in no other answer than that to its creation, and neither is its hash', async () => {
    const { app, ann, a } = world
    const root = { token: await app.signIn('root') }
    const paths = [
      ...[`spaces/${a}/tokens:list`, `spaces/${a}/tokens:get/1`, `spaces/${a}/tokens:usage/1`, 'auth:check'],
      ...['spaces:list', 'users:list', 'spaceTokens:list', 'spaceTokenEvents:list', 'swagger:get'],
    ]
    for (const path of paths) {
      for (const caller of [ann, root, { spaceToken: tokens[1] ?? '' }]) {
        const { text, headers } = await get(app, caller, path)
        const whole = `${text} ${JSON.stringify(headers)}`
        for (const token of tokens) for (const secret of [token, hashToken(token)]) expect(whole).not.toContain(secret)
      }
    }
    const { text } = await post(app, ann, `spaces/${a}/tokens:update/2`, { name: 'renamed' })
    for (const token of tokens) for (const secret of [token, hashToken(token)]) expect(text).not.toContain(secret)
    expect(text).not.toContain('tokenHash')
  })

  it.each(['tokenHash', 'token', 'hash'])('cannot be listed, sorted or filtered by: %s', async (name) => {
    const { app, ann, a } = world
    const hash = hashToken(tokens[0] ?? '')
    const queries = [
      `fields=${name}`,
      `sort=${name}`,
      `filter={"${name}":"${hash}"}`,
      `filter={"${name}":{"$startsWith":"a"}}`,
    ]
    for (const query of queries) {
      expect((await get(app, ann, `spaces/${a}/tokens:list?${query}`)).status).toBe(400)
    }
  })
})

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { ReceivedJson, TestApp, TestUser } from '@postern/testkit'
import {
  addMember,
  createSpaceApp,
  createWorld,
  data,
  expectNotFound,
  expectRefused,
  get,
  makeSpace,
  outcome,
  post,
  type World,
} from './space-app.js'

let world: World
let app: TestApp
/** A second server on the same database, which has every token in its memory before it ends on the first. */
let node: TestApp
let ann: TestUser

beforeAll(async () => {
  world = await createWorld()
  ;({ app, ann } = world)
  node = await createSpaceApp({ database: app.database, clock: app.clock })
})
afterAll(async () => {
  await node?.close()
  await app?.close()
})

interface Token {
  readonly id: number
  readonly token: string
}

const use = (server: TestApp, { token: spaceToken }: Pick<Token, 'token'>) => get(server, { spaceToken }, 'tasks:list')
const write = (server: TestApp, { token: spaceToken }: Token) =>
  post(server, { spaceToken }, 'tasks:create', { title: `task ${Math.random()}` })

async function expectEverywhere(token: Pick<Token, 'token'>): Promise<void> {
  for (const server of [app, node]) expect((await use(server, token)).status).toBe(200)
}
async function expectRefusedEverywhere(token: Token, reason?: string): Promise<void> {
  for (const server of [node, app]) expectRefused(await use(server, token), reason)
}

/** A token that both servers have in their memory. */
async function makeKnown(maker: { readonly token: string } = ann, space = world.a, body: object = {}): Promise<Token> {
  const token = await data(post(app, maker, `spaces/${space}/tokens:create`, { name: 'ci', ...body }))
  await expectEverywhere(token)
  return token
}

/** A member of A with a token of his that both servers know. */
async function memberWithToken(name: string, role = 'admin') {
  const user = await app.user(name)
  const row = await addMember(app, ann, world.a, user, role)
  return { user, row, token: await makeKnown(user) }
}

const tokens = (action: string) => `spaces/${world.a}/tokens:${action}`

describe('401 at the next request, on every node, for a token that was destroyed', () => {
  it('by its id, with DELETE, on the other node', async () => {
    const [first, second, third, left] = [await makeKnown(), await makeKnown(), await makeKnown(), await makeKnown()]
    expect((await post(app, ann, tokens(`destroy/${first.id}`))).body).toEqual({ data: 1 })
    await expectRefusedEverywhere(first)
    await app.request('DELETE', `/api/spaces/${world.a}/tokens/${second.id}`, { token: ann.token })
    await expectRefusedEverywhere(second)
    await data(post(node, ann, tokens(`destroy?filterByTk=${third.id}`)))
    await expectRefusedEverywhere(third)
    await expectEverywhere(left)
  })

  it('with others, and by a filter', async () => {
    const [first, second, named, left] = [
      await makeKnown(),
      await makeKnown(),
      await makeKnown(ann, world.a, { name: 'leaked' }),
      await makeKnown(),
    ]
    expect(await data(post(app, ann, tokens(`destroy?filterByTk=${first.id},${second.id}`)))).toBe(2)
    expect(await data(post(app, ann, tokens('destroy?filter={"name":{"$includes":"leak"}}')))).toBe(1)
    for (const gone of [first, second, named]) await expectRefusedEverywhere(gone)
    await expectEverywhere(left)
  })

  it('while requests with it are on their way', async () => {
    const token = await makeKnown()
    const running = Array.from({ length: 30 }, () => use(node, token))
    await data(post(app, ann, tokens(`destroy/${token.id}`)))
    const late = await Promise.all(Array.from({ length: 30 }, () => use(node, token)))
    expect(new Set(late.map(({ status }) => status))).toEqual(new Set([401]))
    await Promise.all(running)
  })

  it('nothing is revoked when the call fails', async () => {
    const token = await makeKnown()
    const commit = jest.spyOn(app.application.host, 'invalidate').mockRejectedValueOnce(new Error('no luck'))
    expect((await post(app, ann, tokens(`destroy/${token.id}`))).status).toBe(500)
    commit.mockRestore()
    await expectEverywhere(token)
  })
})

describe('a token that is switched off', () => {
  it('is 401 disabled, on every node, until it is switched on', async () => {
    const token = await makeKnown()
    for (const enabled of [false, true, false]) {
      await data(post(app, ann, tokens(`update/${token.id}`), { enabled }))
      if (enabled) await expectEverywhere(token)
      else await expectRefusedEverywhere(token, 'disabled')
    }
    expectRefused(await use(app, { token: token.token.slice(0, -1) }))
  })
})

describe('what becomes of its maker', () => {
  it('leaves, or is taken out: 401 owner; and nobody else’s token', async () => {
    const [left, taken] = [await memberWithToken('leaves'), await memberWithToken('taken')]
    await data(post(app, left.user, `spaces/${world.a}/members:destroy/${left.row}`))
    await expectRefusedEverywhere(left.token, 'owner')
    await expectEverywhere(taken.token)
    await data(post(node, ann, `spaces/${world.a}/members:destroy/${taken.row}`))
    await expectRefusedEverywhere(taken.token, 'owner')
  })

  it('becomes viewer: reads go on, writes end; editor again: writes go on', async () => {
    const { row, token } = await memberWithToken('lowered')
    for (const [role, status] of [
      ['viewer', 403],
      ['editor', 200],
    ] as const) {
      await data(post(app, ann, `spaces/${world.a}/members:update/${row}`, { role }))
      await expectEverywhere(token)
      for (const server of [node, app]) expect((await write(server, token)).status).toBe(status)
    }
  })

  it('is disabled: 401 owner; is deleted: 401, and the token is gone', async () => {
    const { user, token } = await memberWithToken('blocked')
    const root = { token: await app.signIn('root') }
    await data(post(app, root, `users:update/${user.id}`, { enabled: false }))
    await expectRefusedEverywhere(token, 'owner')
    await data(post(app, root, `users:update/${user.id}`, { enabled: true }))
    await expectEverywhere(token)
    await data(post(app, root, `users:destroy/${user.id}`))
    await expectRefusedEverywhere(token)
    expect(await data(get(app, ann, tokens(`list?filter={"id":${token.id}}`)))).toEqual([])
  })
})

describe('what becomes of its space', () => {
  it('deleted: 401; restored: as before', async () => {
    const space = await makeSpace(app, ann, 'short')
    const token = await makeKnown(ann, space)
    await data(post(app, ann, `spaces:destroy/${space}`))
    await expectRefusedEverywhere(token, 'disabled')
    for (const server of [app, node]) await expectNotFound(get(server, { token: ann.token, space }, 'tasks:list'))
    await data(post(node, ann, `spaces:restore/${space}`))
    await expectEverywhere(token)
  })
})

describe('what is done with SQL, past every server', () => {
  const { sql } = {
    sql: (texts: TemplateStringsArray, ...values: unknown[]) => app.application.db.sql(texts, ...values),
  }

  /** Told by a trigger within a second. */
  async function becomes(server: TestApp, token: Token, expected: string): Promise<void> {
    const end = Date.now() + 5000
    while ((await outcome(use(server, token))) !== expected && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(await outcome(use(server, token))).toBe(expected)
  }

  const changes: readonly (readonly [string, (token: ReceivedJson, row: number) => Promise<unknown>])[] = [
    ['the token deleted', ({ id }) => sql`DELETE FROM "spaceTokens" WHERE id = ${id}`],
    ['the token disabled', ({ id }) => sql`UPDATE "spaceTokens" SET enabled = false WHERE id = ${id}`],
    ['the membership deleted', (_token, row) => sql`DELETE FROM "spaceMembers" WHERE id = ${row}`],
    ['the maker deleted', ({ createdById }) => sql`DELETE FROM users WHERE id = ${createdById}`],
    ['the maker disabled', ({ createdById }) => sql`UPDATE users SET enabled = false WHERE id = ${createdById}`],
  ]
  it.each(changes)('%s: 401', async (what, change) => {
    const { row, token } = await memberWithToken(what.replaceAll(' ', '-'))
    await change(token, row)
    for (const server of [app, node]) await becomes(server, token, '401 INVALID_TOKEN')
  })

  it('the space deleted: 401', async () => {
    const space = await makeSpace(app, ann, 'removed')
    const token = await makeKnown(ann, space)
    await sql`DELETE FROM spaces WHERE id = ${space}`
    for (const server of [app, node]) await becomes(server, token, '401 INVALID_TOKEN')
  })
})

describe('its end', () => {
  it('now, or a second ago: 401 expired, also where it is known', async () => {
    const token = await makeKnown(ann, world.a, { expiresIn: 60 })
    app.clock.advance(60_000)
    await expectRefusedEverywhere(token, 'expired')
    app.clock.advance(1000)
    await expectRefusedEverywhere(token, 'expired')
  })
})

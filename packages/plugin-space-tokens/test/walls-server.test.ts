import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, defineCollection, definePlugin, f, type DatabaseHandle, type PluginContext } from '@postern/core'
import type { TestApp } from '@postern/testkit'
import { data, get, makeSpace, outcome, post } from './space-app.js'
import { createWalledWorld, type WalledWorld } from './walls-world.js'

/** What another plugin's code knows of a collection that is not its own. */
const tasks = defineCollection('tasks', { title: f.string() })

/** Everything that code of the server can do with records, past all rights. */
async function snoop(db: DatabaseHandle): Promise<Readonly<Record<string, unknown>>> {
  const titles = (rows: readonly { title?: unknown }[]) => rows.map(({ title }) => title).sort()
  return {
    found: titles(await db.repository(tasks).find()),
    one: (await db.repository(tasks).findOne({ filter: { title: 'bravo 1' } }))?.title ?? null,
    counted: await db.repository(tasks).count(),
    sql: titles((await db.sql`SELECT title FROM tasks`).rows),
    aggregated: (await db.sql`SELECT count(*)::int AS "count", max(title) AS "max" FROM tasks`).rows,
    joined: (await db.sql`SELECT tags.name FROM "tagsTasks" JOIN tags ON tags.id = "tagId" ORDER BY 1`).rows,
    links: (await db.sql`SELECT FROM "tagsTasks"`).count,
    lookup: titles((await db.lookup`SELECT title FROM tasks WHERE title = 'bravo 1'`).rows),
    changed: (await db.sql`UPDATE tasks SET n = n WHERE title LIKE 'bravo%' RETURNING id`).rows,
    deleted: (await db.sql`DELETE FROM tasks WHERE title LIKE 'bravo%' RETURNING id`).rows,
    locked: (await db.transaction((inner) => inner.sql`SELECT FROM tasks WHERE title LIKE 'bravo%' FOR UPDATE`)).count,
    destroyed: await db.repository(tasks).destroy({ filter: { title: { $startsWith: 'bravo' } } }),
  }
}

let context: PluginContext<object, object>
const snoopPlugin = definePlugin({
  name: 'snoop',
  setup: (given) => {
    context = given
    given.resources.define('snoop', {
      call: defineAction({ summary: 'With the db of the call', run: ({ db }) => snoop(db) }),
      read: defineAction({
        summary: 'The same outside of a transaction',
        transaction: false,
        run: ({ db }) => snoop(db),
      }),
      setup: defineAction({ summary: 'With that of setup', run: () => snoop(given.db) }),
      seen: defineAction({
        summary: 'As the caller',
        run: ({ principal }) => snoop(given.collections.seenBy(principal, given.db)),
      }),
    })
    given.acl.grant('member', 'snoop', ['call', 'read', 'setup', 'seen'])
  },
})

let world: WalledWorld
let app: TestApp
beforeAll(async () => {
  world = await createWalledWorld([snoopPlugin])
  app = world.app
})
afterAll(async () => {
  await world?.eye.close()
  await app?.close()
})

describe('code of another plugin', () => {
  it('sees what the caller sees with the db of a call, nothing with its own', async () => {
    const untouched = await world.everythingIn(world.b)
    const caller = { token: world.ann.token }
    const own = await data(get(app, world.ta, 'tasks:list?paginate=false&sort=title'))
    const titles = own.map(({ title }: { title: string }) => title)
    for (const action of ['call', 'read', 'seen']) {
      const answer = await data(post(app, caller, `snoop:${action}`))
      expect(answer).toMatchObject({
        ...{ found: titles, sql: titles, one: null, lookup: [], changed: [], deleted: [], locked: 0 },
        ...{ counted: titles.length, aggregated: [{ count: titles.length, max: titles.at(-1) }] },
      })
      expect(JSON.stringify(answer)).not.toContain('bravo')
    }
    expect(await data(post(app, caller, 'snoop:setup'))).toMatchObject({
      ...{ found: [], sql: [], one: null, lookup: [], changed: [], deleted: [], locked: 0, links: 0, joined: [] },
      ...{ counted: 0, aggregated: [{ count: 0, max: null }] },
    })
    expect(await world.everythingIn(world.b)).toBe(untouched)
  })

  it('sees all of it where it says so', async () => {
    const { db, collections } = context
    expect(await collections.everyPart(db).repository(tasks).count()).toBeGreaterThan(5)
    expect(await db.repository(tasks).count()).toBe(0)
    await db.transaction(async (inner) => {
      expect(await inner.repository(tasks).count()).toBe(0)
      expect(await collections.everyPart(inner).repository(tasks).count()).toBeGreaterThan(5)
      expect(await inner.repository(tasks).count()).toBe(0)
    })
  })
})

describe('the server itself', () => {
  it('has forced policies under every divided table and its links, and works as nobody who is exempt', async () => {
    const rows = await world.eye.run(
      `SELECT relname FROM pg_class WHERE relforcerowsecurity AND relrowsecurity AND relnamespace = 'public'::regnamespace ORDER BY 1`,
    )
    expect(rows.map(({ relname }) => relname)).toEqual(['projects', 'tags', 'tagsTasks', 'tasks'])
    const exempt = 'SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)'
    expect((await app.application.connection.run({ text: exempt, values: [] })).count).toBe(0)
    expect((await app.application.connection.run({ text: exempt, values: [], quick: true })).count).toBe(0)
  })

  it('changes a collection for every space, wherever its caller is', async () => {
    const admin = { token: await app.signIn('root'), space: world.a }
    await data(
      post(app, admin, 'collections/tags/fields:create', {
        name: 'color',
        type: 'string',
        required: true,
        default: 'red',
      }),
    )
    expect(await world.eye.run('SELECT DISTINCT color FROM tags')).toEqual([{ color: 'red' }])
    const dropped = await post(app, admin, 'collections/tags/fields:destroy/color')
    const total = Number((await world.eye.run('SELECT count(*) FROM tags'))[0]?.['count'])
    expect(dropped).toMatchObject({ status: 409 })
    expect(dropped.text).toContain(`${total} record`)
    await app.collection('plain', { name: 'string', peers: { type: 'belongsToMany', target: 'tags' } })
    await data(post(app, admin, 'plain:create', [{ name: 'one' }, { name: 'two' }]))
    await data(post(app, admin, 'collections:update/plain', { spaced: true, spaceId: world.b }))
    expect(await world.eye.run('SELECT DISTINCT "spaceId"::int FROM plain')).toEqual([{ spaceId: world.b }])
    expect(await data(get(app, world.tb, 'plain:list'))).toHaveLength(2)
    const walls = await world.eye.run(
      `SELECT count(*)::int FROM pg_policies WHERE tablename = 'plainTags' AND permissive = 'RESTRICTIVE'`,
    )
    expect(walls).toEqual([{ count: 2 }])
    expect(await outcome(post(app, admin, 'collections:destroy/plain'))).toBe('409 CONFLICT')
    expect(await outcome(post(app, admin, 'collections:destroy/plain?force=true'))).toBe('200')
  })

  it('lets the database follow keys: records and links go with their space', async () => {
    const { ann } = world
    const space = await makeSpace(app, ann, 'Short')
    const caller = { token: ann.token, space }
    const tag = await data(post(app, caller, 'tags:create', { name: 'short' }))
    await data(post(app, caller, 'tasks:create', { title: 'short', tags: [tag.id] }))
    const links = 'SELECT count(*)::int FROM "tagsTasks"'
    const before = (await world.eye.run(links))[0]?.['count']
    await data(post(app, ann, `spaces:destroy/${space}`))
    const untouched = await world.everythingIn(world.b)
    await context.db.sql`DELETE FROM spaces WHERE id = ${space}`
    expect(await world.eye.run(`SELECT FROM tasks WHERE title = 'short'`)).toEqual([])
    expect((await world.eye.run(links))[0]?.['count']).toBe(Number(before) - 1)
    expect(await world.everythingIn(world.b)).toBe(untouched)
  })

  it('still says which field a refusal is about', async () => {
    const [title] = [(await data(get(app, world.ta, 'tasks:list?pageSize=1')))[0].title]
    const clash = await post(app, world.ta, 'tasks:create', { title })
    expect(clash.body).toEqual({
      errors: [{ code: 'CONFLICT', message: 'The value of title is taken', path: 'title' }],
    })
    await data(post(app, world.tb, 'tasks:create', { title: 'of both' }))
    expect(await outcome(post(app, world.ta, 'tasks:create', { title: 'of both' }))).toBe('200')
  })
})

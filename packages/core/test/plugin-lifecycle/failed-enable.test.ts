import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createToken,
  defineAction,
  defineCollection,
  defineMigration,
  definePlugin,
  f,
  type Plugin,
} from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'

const failing = defineCollection('failingThings', { title: f.string() })
const missing = createToken<number>('missing-service')

const registers = definePlugin({ name: 'registers', setup: () => undefined })
const base = { version: '1.0.0', collections: [failing] } as const

/** Plugins that fail at each step of enabling, all after they have done something that must be undone. */
const failures: Readonly<Record<string, Plugin>> = {
  options: definePlugin({ ...base, name: 'bad-options', options: { size: f.integer() }, setup: () => undefined }),
  migration: definePlugin({
    ...base,
    name: 'bad-migration',
    migrations: [
      defineMigration({
        name: 'first',
        up: async ({ run }) => void (await run({ text: 'CREATE TABLE public.leftover (id int)', values: [] })),
      }),
      defineMigration({ name: 'second', up: () => Promise.reject(new Error('migration boom')) }),
    ],
    setup: () => undefined,
  }),
  install: definePlugin({
    ...base,
    name: 'bad-install',
    install: async ({ db }) => {
      await db.sql`INSERT INTO roles (name, "createdAt", "updatedAt") VALUES ('left-over', now(), now())`
      throw new Error('install boom')
    },
    setup: () => undefined,
  }),
  setup: definePlugin({
    ...base,
    name: 'bad-setup',
    setup: async ({ acl, auth, cli, db, events, hooks, http, jobs, resources }) => {
      acl.grant('anonymous', 'failingThings', ['list'])
      resources.define('failingThings', { go: defineAction({ summary: 'x', run: () => 1 }) })
      hooks.before('users:create', () => undefined)
      events.after('users:create', () => undefined)
      http.use((_context, next) => next())
      http.router().get('/left-over', () => undefined)
      jobs.every('1h', () => undefined)
      cli.command('left over', { summary: 'x', example: 'x', run: () => Promise.resolve({ json: null, text: '' }) })
      auth.strategy('left-over', {
        scheme: { type: 'apiKey', in: 'header', name: 'x-left' },
        read: () => undefined,
        verify: () => Promise.reject(new Error('no')),
      })
      // The plugin's own table is there already, inside the transaction.
      await db.repository(failing).create({ title: 'x' })
      throw new Error('setup boom')
    },
  }),
  promises: definePlugin({ ...base, name: 'bad-promise', provides: [missing], setup: () => undefined }),
}

let app: TestApp

/** Everything that an enable could leave behind. */
async function state() {
  const { host, db } = app.application
  const { rows: tables } =
    await db.sql`SELECT count(*) AS "count" FROM pg_class WHERE relkind IN ('r', 'i', 'S') AND relnamespace = 'public'::regnamespace`
  const { rows: roles } = await db.sql`SELECT count(*) AS "count" FROM roles`
  const { rows: migrations } = await db.sql`SELECT count(*) AS "count" FROM postern.migrations`
  const { collections, resources, acl, hooks, written, events, middleware, routers, services, commands, jobs } = host
  const sizes = [
    collections,
    resources,
    acl,
    hooks,
    written,
    events,
    middleware,
    routers,
    services,
    commands,
    jobs,
  ].map(({ size }) => size)
  return { tables, roles, migrations, sizes, strategies: host.authenticator.strategies.size }
}

beforeAll(async () => {
  app = await createTestApp({ availablePlugins: [registers, ...Object.values(failures)] })
})
afterAll(() => app?.close())

describe.each(Object.entries(failures))('a throw in %s', (_step, plugin) => {
  it('leaves rows, tables and registrations as they were, and the reason is shown', async () => {
    const before = await state()
    await expect(app.application.plugins.enable(plugin.name, 'test')).rejects.toMatchObject({
      code: expect.stringMatching(/^(PLUGIN|MIGRATION)_/),
    })
    expect(await state()).toEqual(before)
    const listed = (await app.application.plugins.list()).find(({ name }) => name === plugin.name)
    expect(listed).toMatchObject({ state: 'failed', error: expect.any(String) })
    const [entry] = await app.application.plugins.history()
    expect(entry).toMatchObject({
      plugin: plugin.name,
      action: 'enable',
      by: 'test',
      result: 'failed',
      error: listed?.error,
    })
    expect((await app.request('GET', '/api/failingThings:list')).status).toBe(404)
    expect((await app.request('GET', '/left-over')).status).toBe(404)
    expect((await app.request('GET', '/healthz')).status).toBe(200)
  })

  it('can be forgotten by disabling the plugin', async () => {
    await app.application.plugins.disable(plugin.name, 'test')
    expect((await app.application.plugins.list()).find(({ name }) => name === plugin.name)).toMatchObject({
      state: 'disabled',
      error: null,
    })
  })
})

describe('the options of a plugin that is on', () => {
  it('stay as they were when new ones are refused', async () => {
    await expect(app.application.plugins.enable('bad-options', 'test', { size: 'x' })).rejects.toMatchObject({
      code: 'PLUGIN_OPTIONS_REFUSED',
    })
    await app.application.plugins.enable('bad-options', 'test', { size: 3 })
    await expect(app.application.plugins.configure('bad-options', 'test', { size: 'x' })).rejects.toMatchObject({
      code: 'PLUGIN_OPTIONS_REFUSED',
    })
    expect((await app.application.plugins.list()).find(({ name }) => name === 'bad-options')).toMatchObject({
      state: 'enabled',
    })
    await app.application.plugins.disable('bad-options', 'test')
  })
})

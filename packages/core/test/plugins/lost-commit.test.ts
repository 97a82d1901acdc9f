import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, definePlugin } from '@postern/core'
import { createDatabase, createTestApp, type TestApp, type TestDatabase } from '@postern/testkit'
import pg from 'pg'
import { eventually } from '../eventually.js'

const greeter = definePlugin({
  name: 'greeter',
  setup: ({ acl, resources }) => {
    acl.grant('anonymous', 'greeter', ['greet'])
    resources.define('greeter', { greet: defineAction({ summary: 'Greet', reads: true, run: () => 'hello' }) })
  },
})

let database: TestDatabase
let app: TestApp
let operator: pg.Client

beforeAll(async () => {
  database = await createDatabase({ started: true })
  app = await createTestApp({ database, availablePlugins: [greeter] })
  operator = new pg.Client(database.url)
  await operator.connect()
})
afterAll(async () => {
  await operator?.end()
  await app?.close()
  await database?.drop()
})

describe('connections that PostgreSQL ends', () => {
  it('503 or 200 for what was running, never anything else, and 200 for what comes after', async () => {
    const token = await app.signIn('root')
    let number = 0
    const ask = async () => {
      const body = { name: `role-${number++}` }
      return (await app.request('POST', '/api/roles:create', { token, body })).status
    }
    const statuses = new Set<number>()
    for (let round = 0; round < 5; round++) {
      const running = Array.from({ length: 6 }, ask)
      await new Promise((resolve) => setTimeout(resolve, round * 3))
      await operator.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      )
      for (const status of await Promise.all(running)) statuses.add(status)
      await eventually(async () => (await ask()) === 200, 5000)
    }
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([])
  })

  it('leave a plugin that is being enabled on or off, and this node in step with the database', async () => {
    for (let round = 0; round < 10; round++) {
      const enabling = app.application.plugins.enable('greeter', 'test').then(
        () => 'done',
        () => 'failed',
      )
      await new Promise((resolve) => setTimeout(resolve, round * 2))
      await operator.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'postern' AND pid <> pg_backend_pid()`,
      )
      await enabling
      const { rows } = await operator.query(`SELECT enabled FROM postern.plugins WHERE name = 'greeter'`)
      const expected = rows[0]?.enabled === true ? 200 : 404
      await eventually(async () => (await app.request('GET', '/api/greeter:greet')).status === expected, 5000)
      await eventually(() => app.application.plugins.disable('greeter', 'test').then(() => true), 5000)
      expect((await app.request('GET', '/api/greeter:greet')).status).toBe(404)
    }
  })
})

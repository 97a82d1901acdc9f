// A user of the database whom no policy binds, and who is no superuser: his connections cannot drop that by themselves.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createApp, parseConfig, silentLogger, type Application } from '@postern/core'
import { connect, createDatabase, type OpenConnection, type TestDatabase } from '@postern/testkit'
import spaceTokens from '../src/index.js'

const user = `postern_exempt_${randomBytes(4).toString('hex')}`
const password = randomBytes(12).toString('hex')
let database: TestDatabase
let owner: OpenConnection
let url: string
/** On the embedded server the user of tests is no superuser, as it should be; then there is nothing to try it with. */
let mayMakeRoles = false

const start = (): Promise<Application> =>
  createApp({
    config: parseConfig({
      ...{ DATABASE_URL: url, APP_PORT: '0', APP_KEY: 'k'.repeat(40), INIT_ROOT_PASSWORD: 'a long password' },
      ...{ PLUGINS: 'none', STORAGE_DIR: 'node_modules/.postern/exempt' },
    }),
    mode: 'server',
    log: silentLogger,
    plugins: [spaceTokens],
  })

beforeAll(async () => {
  database = await createDatabase()
  owner = await connect(database.url)
  const [row] = await owner.run('SELECT rolsuper FROM pg_roles WHERE rolname = current_user')
  mayMakeRoles = row?.['rolsuper'] === true
  if (!mayMakeRoles) return console.error('NOT TESTED: users with BYPASSRLS, which only a superuser can make')
  await owner.run(`CREATE ROLE ${user} LOGIN NOSUPERUSER BYPASSRLS PASSWORD '${password}'`)
  await owner.run(`ALTER DATABASE "${new URL(database.url).pathname.slice(1)}" OWNER TO ${user}`)
  await owner.run(`GRANT ALL ON SCHEMA public TO ${user}`)
  const own = new URL(database.url)
  own.username = user
  own.password = password
  url = own.toString()
})

afterAll(async () => {
  if (mayMakeRoles) {
    await owner.run(`REASSIGN OWNED BY ${user} TO CURRENT_USER`)
    await owner.run(`DROP OWNED BY ${user}`)
    await owner.run(`ALTER DATABASE "${new URL(database.url).pathname.slice(1)}" OWNER TO CURRENT_USER`)
    await owner.run(`DROP ROLE ${user}`)
  }
  await owner.close()
  await database.drop()
})

it('is let in as long as there is nothing to keep apart, and then divides nothing', async () => {
  if (!mayMakeRoles) return
  const app = await start()
  try {
    await app.plugins.enable('space-tokens', 'test')
    const fields = [{ name: 'title', type: 'string' }]
    await app.call('collections', 'create', { body: { name: 'plain', fields } })
    const divided = app.call('collections', 'create', { body: { name: 'tasks', spaced: true, fields } })
    await expect(divided).rejects.toMatchObject({ status: 503, code: 'DATABASE_EXEMPT' })
    expect(await owner.run(`SELECT to_regclass('public.tasks') AS there`)).toEqual([{ there: null }])
  } finally {
    await app.stop()
  }
})

it('is not let in where something is kept apart', async () => {
  if (!mayMakeRoles) return
  await owner.run(`ALTER ROLE ${user} NOBYPASSRLS`)
  const app = await start()
  const fields = [{ name: 'title', type: 'string' }]
  await app.call('collections', 'create', { body: { name: 'tasks', spaced: true, fields } })
  await app.stop()
  await owner.run(`ALTER ROLE ${user} BYPASSRLS`)
  await expect(start()).rejects.toMatchObject({ code: 'DATABASE_EXEMPT' })
  await owner.run(`ALTER ROLE ${user} NOBYPASSRLS`)
  await (await start()).stop()
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createApp, definePlugin, parseConfig, silentLogger, type Application } from '@postern/core'
import { createDatabase, createTestApp, type TestApp, type TestDatabase } from '@postern/testkit'

let isServerOnly = false
/** As one that listens on a port does: it works once on a machine. */
const exclusive = definePlugin({
  name: 'exclusive',
  options: {},
  setup: () => {
    if (isServerOnly) throw new Error('listen EADDRINUSE')
  },
})

let database: TestDatabase
let server: TestApp

beforeAll(async () => {
  database = await createDatabase({ started: true })
  server = await createTestApp({ database, plugins: [exclusive] })
  isServerOnly = true
})
afterAll(async () => {
  await server?.close()
  await database?.drop()
})

async function inCommand<T>(work: (app: Application) => Promise<T>): Promise<T> {
  const { config } = server.application
  const app = await createApp({
    config: parseConfig({ DATABASE_URL: database.url, APP_KEY: config.APP_KEY ?? '' }),
    mode: 'command',
    plugins: [exclusive],
    log: silentLogger,
  })
  try {
    return await work(app)
  } finally {
    await app.stop()
  }
}

const state = async () => (await server.application.plugins.list()).find(({ name }) => name === 'exclusive')

describe('a plugin that comes up in the server and not in the process of a command', () => {
  it('is still on for everybody', async () => {
    await inCommand(() => Promise.resolve())
    expect(await state()).toMatchObject({ state: 'enabled', error: null })
  })

  it('stays on when such a command fails to enable it again', async () => {
    await expect(inCommand((app) => app.plugins.enable('exclusive', 'test', {}))).rejects.toMatchObject({
      code: 'PLUGIN_SETUP_FAILED',
    })
    expect(await state()).toMatchObject({ state: 'enabled', error: null })
    const [entry] = await server.application.plugins.history()
    expect(entry).toMatchObject({ plugin: 'exclusive', result: 'failed', error: expect.stringContaining('EADDRINUSE') })
  })
})

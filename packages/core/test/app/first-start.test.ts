import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createApp, definePlugin, parseConfig, silentLogger, type Application } from '@postern/core'
import { createDatabase, type TestDatabase } from '@postern/testkit'

const quiet = definePlugin({ name: 'quiet', setup: () => undefined })
const other = definePlugin({ name: 'other', setup: () => undefined })
const failing = definePlugin({
  name: 'failing',
  setup: () => {
    throw new Error('kaputt')
  },
})

let database: TestDatabase
const open = async (mode: 'server' | 'command', names: string): Promise<Application> =>
  createApp({
    config: parseConfig({
      DATABASE_URL: database.url,
      APP_PORT: '0',
      APP_KEY: 'Wq3vT9zLr5YkXc8HnJd2FbMa7PsGe4Ux',
      INIT_ROOT_PASSWORD: 'the-password-of-root',
      PLUGINS: names,
    }),
    mode,
    plugins: [quiet, other, failing],
    log: silentLogger,
  })

/** What is on or failed after a start with `PLUGINS=names`. */
async function statesAfterStart(names: string): Promise<string[]> {
  const app = await open('server', names)
  try {
    const own = (await app.plugins.list()).filter(({ name }) => ['quiet', 'other', 'failing'].includes(name))
    return own.filter(({ state }) => state !== 'disabled').map(({ name, state }) => `${name} ${state}`)
  } finally {
    await app.stop()
  }
}

describe('the plugins of PLUGINS', () => {
  beforeAll(async () => {
    database = await createDatabase()
  })
  afterAll(() => database?.drop())

  it('are on after the first start, those that exist; one that fails is quarantined and the server starts', async () => {
    expect(await statesAfterStart('quiet,nowhere,failing')).toEqual(['quiet enabled', 'failing failed'])
  })

  it('are looked at only once: afterwards operators decide', async () => {
    expect(await statesAfterStart('quiet,other')).toEqual(['quiet enabled', 'failing failed'])
    const app = await open('command', '')
    await app.plugins.disable('quiet', 'operator')
    await app.plugins.disable('failing', 'operator')
    await app.stop()
    expect(await statesAfterStart('quiet,other')).toEqual([])
  })
})

describe('what an operator decided before the first start', () => {
  beforeAll(async () => {
    database = await createDatabase()
  })
  afterAll(() => database?.drop())

  it('stays decided', async () => {
    const app = await open('command', '')
    await app.plugins.enable('quiet', 'operator')
    await app.plugins.disable('quiet', 'operator')
    await app.stop()
    expect(await statesAfterStart('quiet,other')).toEqual(['other enabled'])
  })
})

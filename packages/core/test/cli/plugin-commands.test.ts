import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { CliFolder } from './cli-folder.js'

let database: TestDatabase
let cli: CliFolder

beforeAll(async () => {
  database = await createDatabase({ started: true })
  cli = await CliFolder.make({ DATABASE_URL: database.url })
  await cli.plugin(
    'notes',
    `options: { limit: f.integer().default(20) },
     setup({ resources, acl, hooks, http, cli, options }) {
       resources.define('notes', { sweep: defineAction({ summary: 'Sweep', run: () => ({ limit: options.limit }) }) })
       acl.grant('member', 'notes', ['sweep'])
       hooks.before('users:create', () => {})
       http.router().get('/notes', (context) => { context.body = 'notes' })
       cli.command('notes limit', {
         summary: 'Show the limit',
         example: 'postern notes limit',
         run: async () => ({ json: options, text: String(options.limit) }),
       })
     }`,
  )
  await cli.plugin('diary', `plugins: { notes: '^1.0.0' }, setup() {}`)
  await cli.plugin('broken', `setup() { throw new Error('kaputt') }`)
  await cli.plugin('torn', 'setup() {}', 'throw new Error("torn at import")')
})
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

const stateOf = async (name: string): Promise<unknown> =>
  (await cli.run('plugin list --json')).json.plugins.find((plugin: { name: string }) => plugin.name === name)

describe('0 plugin list', () => {
  it('shows every plugin that can be found', async () => {
    const { code, stdout } = await cli.run('plugin list')
    expect(code).toBe(0)
    expect(stdout.split('\n')[0]).toMatch(/^name +version +state +error$/)
    expect(stdout).toMatch(/^notes +1\.0\.0 +disabled +–$/m)
  })

  it('is one JSON document with --json, and nothing else', async () => {
    const { code, json, stderr } = await cli.process('plugin list --json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(Object.keys(json)).toEqual(['plugins'])
    expect(json.plugins).toContainEqual({
      name: 'notes',
      version: '1.0.0',
      state: 'disabled',
      package: 'plugin-notes',
      requires: [],
      error: null,
    })
  })
})

describe('3 and 4 plugin enable and disable in the wrong order', () => {
  it('3 when what it needs is not on', async () => {
    const { code, json, stderr } = await cli.run('plugin enable diary --json')
    expect({ code, error: json.error.code }).toEqual({ code: 3, error: 'PLUGIN_UNMET' })
    expect(stderr).toContain('postern: ')
  })

  it('3 when there is no such plugin', async () => {
    expect(await cli.run('plugin enable nope --json')).toMatchObject({
      code: 3,
      json: { error: { code: 'PLUGIN_UNKNOWN', message: 'There is no plugin "nope"' } },
    })
    expect((await cli.run('plugin disable nope')).code).toBe(3)
    expect((await cli.run('plugin info nope')).code).toBe(3)
  })

  it('3 when its options are refused, also before anything is done', async () => {
    const rehearsed = await cli.run('plugin enable notes --dry-run --set days=many')
    expect(rehearsed).toMatchObject({ code: 3, stderr: expect.stringContaining('days') })

    const { code, json } = await cli.run('plugin enable notes --set limit=many --json')
    expect({ code, error: json.error.code }).toEqual({ code: 3, error: 'PLUGIN_OPTIONS_REFUSED' })
  })

  it('0 in the right order, and 4 when another needs it', async () => {
    expect(await cli.run('plugin enable --set limit=5 notes --json')).toMatchObject({
      code: 0,
      json: { plugin: 'notes', state: 'enabled', changed: true, nodes: [] },
    })
    expect((await cli.run('notes limit --json')).json).toEqual({ limit: 5 })
    expect((await cli.run('plugin enable diary')).code).toBe(0)
    expect(await cli.run('plugin disable notes --json')).toMatchObject({
      code: 4,
      json: { error: { code: 'PLUGIN_NEEDED', hint: expect.stringContaining('first') } },
    })
  })

  it('0 when it is in that state already, and says so', async () => {
    expect(await cli.run('plugin enable notes')).toMatchObject({ code: 0, stdout: 'notes is enabled already.\n' })
    expect((await cli.run('plugin enable notes --json')).json).toMatchObject({ changed: false })
    expect((await cli.run('plugin disable torn')).stdout).toBe('torn is disabled already.\n')
  })
})

describe('0 plugin info', () => {
  it('shows what the plugin holds', async () => {
    const { code, json } = await cli.run('plugin info notes --json')
    expect(code).toBe(0)
    expect(json).toEqual({
      name: 'notes',
      version: '1.0.0',
      state: 'enabled',
      requires: [],
      collections: [],
      resources: ['notes'],
      actions: ['notes:sweep'],
      strategies: [],
      hooks: ['users:create'],
      events: [],
      routes: ['router'],
      jobs: [],
      commands: ['notes limit'],
    })
  })

  it('shows a person the same', async () => {
    const { stdout } = await cli.run('plugin info notes')
    expect(stdout).toContain('notes 1.0.0 is enabled\n')
    expect(stdout).toMatch(/^actions +notes:sweep$/m)
  })
})

describe('1 plugin enable', () => {
  it('when setup throws: one line why, no stack, and the state is failed', async () => {
    const { code, json, stderr } = await cli.process('plugin enable broken --json')
    expect({ code, error: json.error.code }).toEqual({ code: 1, error: 'PLUGIN_SETUP_FAILED' })
    expect(stderr).toContain('postern: Plugin "broken" could not be enabled: kaputt\n')
    expect(stderr).not.toMatch(/\bat .*index\.js/)
    expect(await stateOf('broken')).toMatchObject({ state: 'failed', error: 'kaputt' })
  })

  it('has the stack with LOG_LEVEL=debug', async () => {
    const { code, stderr } = await cli.process('plugin enable broken', { env: { LOG_LEVEL: 'debug' } })
    expect(code).toBe(1)
    expect(stderr).toMatch(/\bat .*plugin-broken\/index\.js/)
  })

  it('when its code cannot be imported; it can be switched off all the same', async () => {
    expect(await cli.run('plugin enable torn')).toMatchObject({ code: 1, stdout: '' })
    expect(await stateOf('torn')).toMatchObject({ state: 'failed' })
    expect(await cli.run('plugin disable torn')).toMatchObject({ code: 0, stdout: 'torn is disabled.\n' })
    expect(await stateOf('torn')).toMatchObject({ state: 'disabled', error: null })
  })
})

describe('0 plugin history', () => {
  it('shows what was done, the newest first', async () => {
    const { code, json } = await cli.run('plugin history --json')
    expect(code).toBe(0)
    expect(json.entries[0]).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      plugin: 'torn',
      action: 'disable',
      by: 'command',
      result: 'done',
      error: null,
    })
    expect(json.entries).toContainEqual(
      expect.objectContaining({ plugin: 'broken', result: 'failed', error: 'kaputt' }),
    )
  })
})

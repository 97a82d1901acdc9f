import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { CliFolder } from './cli-folder.js'

let database: TestDatabase
let cli: CliFolder

const tools = `setup({ cli, log }) {
  const answer = async (input) => ({ json: input, text: input.arguments.join(' ') })
  cli.command('hello', { summary: 'Say hello', example: 'postern hello', run: answer })
  cli.command('tools text join', {
    summary: 'Join words',
    arguments: [{ name: '<first>', description: 'the first word' }, { name: '[others...]', description: 'more words' }],
    options: [
      { flags: '--tag <tag>', description: 'a tag', repeatable: true },
      { flags: '--by <text>', description: 'what stands between', required: true },
    ],
    example: 'postern tools text join a b --by -',
    run: answer,
  })
  cli.command('plugin list', { summary: 'In the way', example: 'postern plugin list', run: answer })
  cli.command('tools crooked', { summary: 'x', options: [{ flags: 'no flag', description: 'x' }], example: 'x', run: answer })
  cli.command('tools missing', { summary: 'x', example: 'x', run: async () => { throw errors.GONE() } })
  cli.command('tools stumble', { summary: 'x', example: 'x', run: async () => {
    setTimeout(() => { throw new Error('a throw in a timer') }, 10)
    await new Promise((resolve) => setTimeout(resolve, 300))
    return { json: 'answered', text: 'answered' }
  } })
  const timer = setInterval(() => undefined, 1000)
  if (process.env.JEST_WORKER_ID !== undefined) timer.unref()
}`

beforeAll(async () => {
  database = await createDatabase({ started: true })
  cli = await CliFolder.make({ DATABASE_URL: database.url })
  await cli.link('plugin-api-keys')
  await cli.plugin(
    'tools',
    tools,
    `import { defineErrors } from '@postern/core'
     const errors = defineErrors('TOOLS', { GONE: { status: 404, message: 'It is gone', hint: 'Look elsewhere' } })`,
  )
})
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

describe('a command of a plugin that is off', () => {
  it('2 is unknown, with a hint to the plugins', async () => {
    const { code, json, stderr } = await cli.run('key list --json')
    expect(code).toBe(2)
    expect(json).toEqual({
      error: {
        code: 'CLI_COMMAND_OFF',
        message: "unknown command 'key'",
        hint: expect.stringContaining('plugin list'),
      },
    })
    expect(stderr.split('\n')[0]).toBe("postern: unknown command 'key'")
  })

  it('2 is not suspected where a word is merely misspelt', async () => {
    expect(await cli.run('plugn list')).toMatchObject({
      code: 2,
      stderr: "postern: unknown command 'plugn'\nDid you mean plugin?\n",
    })
  })
})

describe('a command of a plugin that is on', () => {
  beforeAll(async () => {
    await cli.run('plugin enable api-keys')
    await cli.run('plugin enable tools')
  })

  it('0 makes, lists and revokes keys', async () => {
    const create = 'key create --user root@example.com --role root --name cron'
    const made = await cli.run(`${create} --json`)
    expect(made.code).toBe(0)
    const listed = await cli.run('key list --json')
    expect(listed.json.keys).toEqual([expect.objectContaining({ id: made.json.key.id, name: 'cron' })])
    expect((await cli.run(`key revoke ${made.json.key.id}`)).code).toBe(0)
    expect((await cli.run('key list --json')).json).toEqual({ keys: [] })
  })

  it('0 has help with an example', async () => {
    const { code, stdout } = await cli.run('key create --help')
    expect(code).toBe(0)
    expect(stdout).toContain('Example:\n  $ npx postern key create')
    expect((await cli.run('key --help')).stdout).toContain('Example:')
  })

  it('2 when it is not used as its help says', async () => {
    expect((await cli.run('key create')).stderr).toContain(
      "postern: required option '--user <account>' not specified\n",
    )
    expect((await cli.run('key crate')).code).toBe(2)
  })

  it('3 when what it throws says so', async () => {
    expect(await cli.run('tools missing --json')).toMatchObject({
      code: 3,
      json: { error: { code: 'TOOLS_GONE', message: 'It is gone', hint: 'Look elsewhere' } },
    })
  })

  it('0 may have one word or three, with arguments and options that repeat', async () => {
    expect((await cli.run('hello')).code).toBe(0)
    const { json } = await cli.run('tools text join a b c --by - --tag x --tag y --json')
    expect(json).toEqual({
      arguments: ['a', 'b', 'c'],
      options: { by: '-', tag: ['x', 'y'], json: true },
    })
  })

  it('is left out with a warning when it is the server’s own or cannot be read', async () => {
    const { code, stderr } = await cli.process('hello')
    expect(code).toBe(0)
    expect(stderr).toContain('\\"plugin list\\" is left out')
    expect(stderr).toContain('\\"tools crooked\\" cannot be offered')
    expect((await cli.run('plugin list --json')).json).toHaveProperty('plugins')
  })

  it('1 when a timer of the plugin throws meanwhile, with one answer only', async () => {
    const { code, json, stderr } = await cli.process('tools stumble --json')
    expect({ code, json: json.error.message }).toEqual({ code: 1, json: 'a throw in a timer' })
    expect(stderr).not.toMatch(/\bat .*index\.js/)
  })

  it('ends also when the plugin leaves a timer running', async () => {
    const started = performance.now()
    expect((await cli.process('hello')).code).toBe(0)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

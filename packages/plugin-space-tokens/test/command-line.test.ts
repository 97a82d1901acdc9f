import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { CliFolder } from '../../core/test/cli/cli-folder.js'

let database: TestDatabase
let cli: CliFolder

beforeAll(async () => {
  database = await createDatabase({ started: true })
  cli = await CliFolder.make({ DATABASE_URL: database.url })
  await cli.link('plugin-space-tokens')
  expect(await cli.run('space list')).toMatchObject({ code: 2 })
  expect(await cli.run('plugin enable space-tokens')).toMatchObject({ code: 0 })
  for (const name of ['ann', 'ben']) await cli.run(`user create --username ${name} ${name}@example.com`)
})
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

const codeOf = async (words: string | readonly string[]): Promise<number | null> => (await cli.run(words)).code
/** The exit code of a refused command, and the error that it prints as the one JSON document. */
const refused = async (command: string): Promise<string> => {
  const { code, json, stderr } = await cli.run(`${command} --json`)
  expect({ keys: Object.keys(json), stderr }).toEqual({ keys: ['error'], stderr: expect.stringMatching(/^postern: /) })
  return `${code} ${json.error.code}`
}

describe('space create, space list', () => {
  it('0, with one JSON document', async () => {
    const { code, json, stderr } = await cli.run('space create Sales --owner ann --json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(json).toEqual({
      space: { id: 1, name: 'Sales', createdAt: expect.any(String), createdById: expect.any(Number) },
    })
    expect((await cli.run('space list --json')).json).toEqual({
      spaces: [{ id: 1, name: 'Sales', createdAt: expect.any(String), members: 1 }],
    })
    const { stdout } = await cli.run('space list')
    expect(stdout).toBe('id\tname\tmembers\n1\tSales\t1\n')
  })

  it.each([
    ['space create', 2],
    ['space create Sales', 2],
    ['space create Sales --owner', 2],
    ['space create Sales --owner ann --colour red', 2],
    ['space create Sales --owner nobody', 3],
    ['space list --json extra', 2],
    ['space fly', 2],
  ])('%s: exit code %d', async (command, code) => expect(await codeOf(command)).toBe(code))

  it('2 for a name that is none', async () => {
    expect(await codeOf(['space', 'create', '  ', '--owner', 'ann'])).toBe(2)
    expect(await codeOf(['space', 'create', 'x'.repeat(300), '--owner', 'ann'])).toBe(2)
    expect((await cli.run('space list --json')).json.spaces).toHaveLength(1)
  })
})

describe('space member add, space member remove', () => {
  it('0: by id or name, address or user name; a second time it is so already', async () => {
    const { code, json } = await cli.run('space member add Sales ben --role editor --json')
    expect({ code, json }).toMatchObject({ code: 0, json: { member: { spaceId: 1, role: 'editor' } } })
    expect(await codeOf('space member add 1 ben@example.com --role editor')).toBe(0)
    expect(await codeOf('space member add 1 ben --role viewer')).toBe(0)
    expect((await cli.run('space member remove Sales ben --json')).json).toMatchObject({ removed: { spaceId: 1 } })
  })

  it.each([
    ['space member add Sales ben', '2'],
    ['space member add Sales ben --role king', '2 INVALID_VALUE'],
    ['space member add Nowhere ben --role viewer', '3 NOT_FOUND'],
    ['space member add Sales nobody --role viewer', '3'],
    ['space member remove Sales ben', '3 NOT_FOUND'],
    ['space member remove Nowhere ben', '3 NOT_FOUND'],
    ['space member remove Sales ann', '4 CONFLICT'],
    ['space member add Sales ann --role editor', '4 CONFLICT'],
  ])('%s: %s', async (command, expected) => expect(await refused(command)).toMatch(new RegExp(`^${expected}`)))

  it('4 where several spaces have the name', async () => {
    for (let time = 0; time < 2; time++) await cli.run('space create Twin --owner ann')
    expect(await refused('space member add Twin ben --role viewer')).toBe('4 CONFLICT')
  })
})

describe('token create, list, rotate, revoke', () => {
  const narrow = '--scope spaces:list'
  it('0: shows the token once; alone with --quiet', async () => {
    const make =
      'token create --space Sales --user ann --name dash --expires 7d --read-only --ip 10.0.0.0/8 --limit 600/60'
    const { code, json } = await cli.run(`${make} --json`)
    expect(code).toBe(0)
    expect(json.token).toMatchObject({
      ...{
        name: 'dash',
        spaceId: 1,
        readOnly: true,
        allowedIps: ['10.0.0.0/8'],
        rateLimit: { limit: 600, window: 60 },
      },
      token: expect.stringMatching(/^postern_space_\w{49}$/),
    })
    expect((await cli.run(`${make} --quiet`)).stdout).toMatch(/^postern_space_\w{49}\n$/)
    const list = await cli.run('token list --space 1 --json')
    expect(list.json.tokens).toHaveLength(2)
    expect(list.stdout).not.toContain(json.token.token)
    const { id } = json.token
    const rotated = await cli.run(`token rotate ${id} --grace 60 --json`)
    expect(rotated.json).toMatchObject({ previous: { id }, token: { name: 'dash' } })
    expect(await refused(`token rotate ${id}`)).toBe('4 CONFLICT')
    expect((await cli.run(`token revoke ${id} --json`)).json).toEqual({ revoked: id })
    expect(await refused(`token revoke ${id}`)).toBe('3 NOT_FOUND')
  })

  it.each([
    ['token create --user ann --name x', '2'],
    ['token create --space Sales --name x', '2'],
    ['token create --space Sales --user ann', '2'],
    ['token create --space Nowhere --user ann --name x', '3 NOT_FOUND'],
    ['token create --space Sales --user nobody --name x', '3'],
    ['token create --space Sales --user ben --name x', '4 CONFLICT'],
    [`token create --space Sales --user ann --name x ${narrow}`, '2 INVALID_VALUE'],
    ['token create --space Sales --user ann --name x --expires soon', '2 INVALID_VALUE'],
    ['token create --space Sales --user ann --name x --ip here', '2 INVALID_VALUE'],
    ['token create --space Sales --user ann --name x --limit 600', '2 INVALID_VALUE'],
    ['token list --space Nowhere', '3 NOT_FOUND'],
    ['token list', '2'],
    ['token rotate 999', '3 NOT_FOUND'],
    ['token rotate abc', '3 NOT_FOUND'],
    ['token rotate 2 --grace -1', '2'],
    ['token revoke 999', '3 NOT_FOUND'],
    ['token revoke', '2'],
  ])('%s: %s', async (command, expected) => expect(await refused(command)).toMatch(new RegExp(`^${expected}`)))
})

it('2: none of them is there while the plugin is off', async () => {
  expect(await codeOf('plugin disable space-tokens')).toBe(0)
  for (const command of ['space list', 'token list --space 1', 'space create X --owner ann']) {
    expect(await codeOf(command)).toBe(2)
  }
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { CliFolder } from './cli-folder.js'

let database: TestDatabase
let cli: CliFolder

beforeAll(async () => {
  database = await createDatabase({ started: true })
  cli = await CliFolder.make({ DATABASE_URL: database.url, LIMIT_PAGE_SIZE: '2' })
})
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

describe('user create', () => {
  it('0 makes a password up and shows it once', async () => {
    const { code, json, stderr } = await cli.run('user create --username ann --role admin ann@example.com --json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(json).toEqual({
      user: expect.objectContaining({ email: 'ann@example.com', username: 'ann' }),
      password: expect.stringMatching(/^\w{20}$/),
    })
    expect(json.user).not.toHaveProperty('password')
  })

  it('0 takes a password from stdin, without waiting for more than its line', async () => {
    const command = ['user', 'create', 'ben@example.com', '--nickname', 'Ben B.', '--password-stdin', '--json']
    const { code, json } = await cli.process(command, { stdin: 'a-good-password\nmore' })
    expect({ code, password: json.password }).toEqual({ code: 0, password: null })
    expect(json.user).toMatchObject({ email: 'ben@example.com', nickname: 'Ben B.' })
  })

  it('2 when stdin holds no password, or one that is too short', async () => {
    expect(await cli.process('user create x@example.com --password-stdin', { stdin: '\n' })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('postern: stdin holds no password\n'),
    })
    expect((await cli.process('user create x@example.com --password-stdin', { stdin: 'short\n' })).code).toBe(2)
  })

  it('2 when the address is none', async () => {
    expect((await cli.run('user create nonsense')).code).toBe(2)
  })

  it('3 when there is no such role; nobody is made', async () => {
    const { code, json } = await cli.run('user create cyd@example.com --role member --role nope --json')
    expect({ code, error: json.error.code }).toEqual({ code: 3, error: 'CLI_NO_ROLE' })
    expect((await cli.run('user list')).stdout).not.toContain('cyd@')
  })

  it('4 when there is one with this address', async () => {
    expect((await cli.run('user create Ann@example.com')).code).toBe(4)
  })
})

describe('user list', () => {
  it('0 lists all, however few the server gives at once', async () => {
    const { code, json } = await cli.run('user list --json')
    expect(code).toBe(0)
    expect(json.users.map(({ email }: { email: string }) => email)).toEqual([
      'root@example.com',
      'ann@example.com',
      'ben@example.com',
    ])
    expect(JSON.stringify(json)).not.toContain('scrypt')
  })
})

describe('user password', () => {
  it('0 by address or by user name', async () => {
    expect((await cli.run('user password ann --json')).json).toEqual({
      account: 'ann@example.com',
      password: expect.stringMatching(/^\w{20}$/),
    })
    const { code, stdout } = await cli.process('user password ben@example.com --password-stdin', {
      stdin: 'another-one\r\n',
    })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ben@example.com has a new password.\n' })
  })

  it('3 when there is no such user', async () => {
    expect(await cli.run('user password nobody')).toMatchObject({
      code: 3,
      stderr: 'postern: There is no user "nobody"\n`npx postern user list` shows who there is.\n',
    })
  })
})

describe('role', () => {
  it('create: 0, and 4 when there is one of this name', async () => {
    const command = ['role', 'create', 'To Dos API Role', '--title', 'For the tutorial', '--json']
    const { code, json } = await cli.run(command)
    expect(code).toBe(0)
    expect(json.role).toMatchObject({ name: 'To Dos API Role', title: 'For the tutorial' })
    expect((await cli.run(command)).code).toBe(4)
  })

  it('grant: 0, and once only', async () => {
    const command = ['role', 'grant', 'To Dos API Role', 'users', 'get,list', '--fields', 'email', '--json']
    const first = await cli.run([...command, '--where', '{"enabled":true}'])
    expect(first.code).toBe(0)
    expect(first.json.grant).toMatchObject({
      role: 'To Dos API Role',
      resource: 'users',
      actions: ['get', 'list'],
      fields: ['email'],
      where: { enabled: true },
    })
    const second = await cli.run([...command, '--where', '{"enabled":true}'])
    expect({ code: second.code, id: second.json.grant.id }).toEqual({ code: 0, id: first.json.grant.id })
    expect((await cli.run(command)).json.grant.id).not.toBe(first.json.grant.id)
  })

  it('grant: says in words what * means', async () => {
    const { stdout } = await cli.run('role grant member users *')
    expect(stdout).toBe('"member" may now do everything with users.\n')
    expect((await cli.run('role grant member users *')).stdout).toBe('"member" may already do everything with users.\n')
  })

  it('grant: 2 when a field or an action does not exist, 3 when the role does not', async () => {
    expect((await cli.run('role grant member users list --fields nope')).code).toBe(2)
    expect((await cli.run('role grant member users nope')).code).toBe(2)
    expect((await cli.run('role grant nope users list')).code).toBe(3)
  })

  it('assign: 0, also when it is held already, and says so', async () => {
    const command = ['role', 'assign', 'ann', 'To Dos API Role', '--json']
    const answer = { account: 'ann@example.com', role: 'To Dos API Role' }
    expect(await cli.run(command)).toMatchObject({ code: 0, json: { ...answer, assigned: true } })
    expect(await cli.run(command)).toMatchObject({ code: 0, json: { ...answer, assigned: false } })
    expect((await cli.run(command.slice(0, -1))).stdout).toContain('already')
  })

  it('assign: 3 when the user or the role does not exist', async () => {
    expect((await cli.run('role assign nobody member')).code).toBe(3)
    expect((await cli.run('role assign ann nope')).code).toBe(3)
  })

  it('list: 0 with those that the server brings', async () => {
    const { json } = await cli.run('role list --json')
    expect(json.roles.map(({ name }: { name: string }) => name)).toEqual([
      'root',
      'admin',
      'member',
      'anonymous',
      'To Dos API Role',
    ])
  })
})

import { describe, expect, it } from '@jest/globals'
import { main } from '../../src/cli/cli.js'
import { recordOutput } from './recorded-output.js'

/** What is wrong with the words of a command is found before anything is read or opened. */
const readConfig = () => Promise.reject(new Error('the settings were read'))

async function postern(...words: string[]) {
  const output = recordOutput()
  return { code: await main(words, output, readConfig), ...output.printed }
}

const commands = [
  'start',
  'dev',
  'plugin list',
  'plugin enable',
  'plugin disable',
  'plugin info',
  'plugin history',
  'plugin configure',
  'plugin create',
  'plugin add',
  'plugin remove',
  'plugin doctor',
  'user create',
  'user list',
  'user password',
  'role create',
  'role grant',
  'role assign',
  'role list',
  'collection create',
  'collection list',
  'migrate status',
  'migrate up',
]

describe('0 help', () => {
  it.each(commands)('of `%s` has an example and knows --json', async (command) => {
    const { code, out, err } = await postern(...command.split(' '), '--help')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`Example:\n  $ npx postern ${command}`)
    expect(out).toContain('--json')
  })

  it.each(['plugin', 'user', 'role', 'collection', 'migrate'])('of the group `%s` has one too', async (group) => {
    const { code, out } = await postern(group, '--help')
    expect(code).toBe(0)
    expect(out).toContain(`Example:\n  $ npx postern ${group} `)
  })

  it('of everything has one too', async () => {
    const { code, out } = await postern('--help')
    expect(code).toBe(0)
    expect(out).toContain('Example:\n  $ npx postern ')
  })

  it('is not the only thing that can be asked for: the version', async () => {
    expect(await postern('--version')).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' })
  })
})

describe('2 usage', () => {
  it.each([
    ['plugin lst', "unknown command 'lst'"],
    ['plugin list --nope', "unknown option '--nope'"],
    ['plugin enable', "missing required argument 'name'"],
    ['plugin list extra', 'too many arguments'],
    ['plugin enable notes --set', "option '--set <key=value>' argument missing"],
    ['plugin enable notes --set limit', '--set takes key=value'],
    ['plugin enable notes --set =5', '--set takes key=value'],
    ['plugin configure notes', "required option '--set <key=value>' not specified"],
    ['plugin configure notes --set limit', '--set takes key=value'],
    ['user create', "missing required argument 'email'"],
    ['role grant editor todos', "missing required argument 'actions'"],
    ['role grant editor todos ,', 'name at least one action'],
    ['role grant editor todos list --fields ,', '--fields must name at least one field'],
    ['role grant editor todos list --where {', '--where must be a filter as JSON'],
    ['role grant editor todos list --where null', '--where must be a filter as JSON'],
    ['role grant editor todos list --where []', '--where must be a filter as JSON'],
    ['collection create todos', "missing required argument 'field'"],
    ['collection create todos title', 'a field is <name>:<type>'],
    ['collection create todos title:', 'a field is <name>:<type>'],
    ['collection create todos title:string!!', 'a field is <name>:<type>'],
    ['start --workers many', "option '--workers <count>' argument 'many' is invalid"],
    ['start --unsafe', "unknown option '--unsafe'"],
  ])('`%s` says what is wrong', async (command, problem) => {
    const { code, out, err } = await postern(...command.split(' '))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(`postern: ${problem}`)
    expect(err.trim().split('\n')).toHaveLength(2)
  })

  it.each([[''], ['plugin'], ['user']])('`%s` shows which commands there are', async (command) => {
    const { code, out, err } = await postern(...command.split(' ').filter((word) => word !== ''))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('Commands:')
    expect(err).toContain('postern: a command is missing')
  })

  it('is with --json one document on stdout', async () => {
    const { code, out } = await postern('plugin', 'lst', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(out)).toEqual({
      error: { code: 'CLI_USAGE', message: "unknown command 'lst'", hint: 'Did you mean list?' },
    })
  })

  it('takes what stands after -- for arguments', async () => {
    const { code, out } = await postern('collection', 'create', 'todos', '--', '--json')
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })
})

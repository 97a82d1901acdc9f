import type { Command } from 'commander'
import type { Application } from '../../app/application.js'
import { findUser, requireRole } from '../accounts.js'
import { table } from '../output.js'
import { shownOnce, takePassword, type GivenPassword } from '../password-input.js'
import { collect, define, defineGroup, run, type Cli, type JsonOption } from '../program.js'
import { listAll, recordOf } from '../records.js'

interface CreateOptions extends JsonOption {
  readonly username?: string
  readonly nickname?: string
  readonly role?: readonly string[]
  readonly passwordStdin?: boolean
}

async function create(app: Application, email: string, options: CreateOptions, { password, shown }: GivenPassword) {
  const { username, nickname, role: roles } = options
  for (const role of roles ?? []) await requireRole(app, role)
  const body = {
    email,
    password,
    ...(username === undefined ? {} : { username }),
    ...(nickname === undefined ? {} : { nickname }),
    ...(roles === undefined ? {} : { roles }),
  }
  const user = recordOf((await app.call('users', 'create', { body })).body)
  return {
    json: { user, password: shown },
    text: `User ${String(user['id'])} ${String(user['email'])} is created.${shownOnce(shown)}`,
  }
}

async function list(app: Application) {
  const users = await listAll(app, 'users')
  const rows = users.map((user) => [
    user['id'],
    user['email'],
    user['username'],
    user['nickname'],
    user['enabled'] === true ? 'on' : 'off',
  ])
  return { json: { users }, text: table(['id', 'email', 'username', 'nickname', 'state'], rows) }
}

async function setPassword(app: Application, account: string, { password, shown }: GivenPassword) {
  const { id, email } = await findUser(app, account)
  await app.call('users', 'update', { key: String(id), body: { password } })
  return { json: { account: email, password: shown }, text: `${email} has a new password.${shownOnce(shown)}` }
}

function createCommand(group: Command, cli: Cli): void {
  define(
    group,
    'create <email>',
    'Create a user; without --password-stdin a password is made up and shown once',
    'postern user create ann@example.com --role member',
  )
    .option('--username <name>', 'a short name to sign in with')
    .option('--nickname <name>', 'how the user is called')
    .option('--role <role>', 'a role to give (may be repeated)', collect)
    .option('--password-stdin', 'read the password from stdin: its first line')
    .action(async (email: string, options: CreateOptions) => {
      const given = await takePassword(options.passwordStdin)
      await run(cli, 'command', options.json, (app) => create(app, email, options, given))
    })
}

function passwordCommand(group: Command, cli: Cli): void {
  define(
    group,
    'password <account>',
    'Set a new password; sessions of the user end',
    'postern user password ann@example.com',
  )
    .option('--password-stdin', 'read the password from stdin: its first line')
    .action(async (account: string, { json, passwordStdin }: JsonOption & { passwordStdin?: boolean }) => {
      const given = await takePassword(passwordStdin)
      await run(cli, 'command', json, (app) => setPassword(app, account, given))
    })
}

export function userCommands(program: Command, cli: Cli): void {
  const group = defineGroup(program, 'user', 'Manage users', 'postern user list')
  createCommand(group, cli)
  define(group, 'list', 'List the users', 'postern user list').action(({ json }: JsonOption) =>
    run(cli, 'command', json, list),
  )
  passwordCommand(group, cli)
}

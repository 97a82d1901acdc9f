import type { Command } from 'commander'
import { findUser, listAll, recordOf } from '../accounts.js'
import { table } from '../output.js'
import { takePassword } from '../password-input.js'
import { define, run, type Cli, type JsonOption } from '../program.js'

interface CreateOptions extends JsonOption {
  readonly username?: string
  readonly nickname?: string
  readonly role?: string[]
  readonly passwordStdin?: boolean
}

const once = (password: string | null): string =>
  password === null ? '' : `\nIts password, shown this once: ${password}`

function createCommand(group: Command, cli: Cli): void {
  define(
    group,
    'create <email>',
    'Create a user; without --password-stdin a password is made up and shown once',
    'postern user create ann@example.com --role member',
  )
    .option('--username <name>', 'a short name to sign in with')
    .option('--nickname <name>', 'how the user is called')
    .option('--role <role...>', 'roles to give (may be repeated)')
    .option('--password-stdin', 'read the password from stdin')
    .action(async (email: string, { json, username, nickname, role: roles, passwordStdin }: CreateOptions) => {
      const { password, shown } = await takePassword(passwordStdin)
      const body = {
        email,
        password,
        ...(username === undefined ? {} : { username }),
        ...(nickname === undefined ? {} : { nickname }),
        ...(roles === undefined ? {} : { roles }),
      }
      await run(cli, 'command', json, async (app) => {
        const user = recordOf((await app.call('users', 'create', { body })).body)
        return {
          json: { user, password: shown },
          text: `User ${String(user['id'])} ${String(user['email'])} is created.${once(shown)}`,
        }
      })
    })
}

export function userCommands(program: Command, cli: Cli): void {
  const group = program.command('user').description('Manage users')
  createCommand(group, cli)
  define(group, 'list', 'List the users', 'postern user list').action(({ json }: JsonOption) =>
    run(cli, 'command', json, async (app) => {
      const users = await listAll(app, 'users')
      const rows = users.map((user) => [
        user['id'],
        user['email'],
        user['username'],
        user['enabled'] === true ? 'on' : 'off',
      ])
      return { json: { users }, text: table(['id', 'email', 'username', 'state'], rows) }
    }),
  )
  define(
    group,
    'password <account>',
    'Set a new password; sessions of the user end',
    'postern user password ann@example.com',
  )
    .option('--password-stdin', 'read the password from stdin')
    .action(async (account: string, { json, passwordStdin }: JsonOption & { passwordStdin?: boolean }) => {
      const { password, shown } = await takePassword(passwordStdin)
      await run(cli, 'command', json, async (app) => {
        const { id, email } = await findUser(app, account)
        await app.call('users', 'update', { key: String(id), body: { password } })
        return { json: { account: email, password: shown }, text: `${email} has a new password.${once(shown)}` }
      })
    })
}

import type { Command } from 'commander'
import type { Application } from '../../app/application.js'
import { cliErrors, findUser, listAll, recordOf, recordsOf, requireRole } from '../accounts.js'
import { table } from '../output.js'
import { define, run, type Cli, type JsonOption } from '../program.js'

interface GrantOptions extends JsonOption {
  readonly fields?: string
  readonly where?: string
}

const namesIn = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

function parseWhere(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw cliErrors.USAGE(
      { problem: '--where must be a filter as JSON, such as \'{"createdById":"{{$user.id}}"}\'' },
      cause,
    )
  }
}

async function grant(
  app: Application,
  role: string,
  resource: string,
  actions: string,
  { fields, where }: GrantOptions,
) {
  await requireRole(app, role)
  const filter = parseWhere(where)
  const body = {
    role,
    resource,
    actions: namesIn(actions),
    ...(fields === undefined ? {} : { fields: namesIn(fields) }),
    ...(filter === undefined ? {} : { where: filter }),
  }
  const made = recordOf((await app.call('grants', 'create', { body })).body)
  return {
    json: { grant: made },
    text: `"${role}" may now ${actions} on ${resource}${fields === undefined ? '' : `, fields ${fields}`}${where === undefined ? '' : `, rows ${where}`}.`,
  }
}

async function assign(app: Application, account: string, role: string) {
  const { id, email } = await findUser(app, account)
  await requireRole(app, role)
  const held = recordsOf((await app.call('users.roles', 'list', { sourceId: String(id) })).body)
  const assigned = !held.some((candidate) => candidate['name'] === role)
  if (assigned) await app.call('users.roles', 'add', { sourceId: String(id), body: [role] })
  return {
    json: { account: email, role, assigned },
    text: assigned ? `${email} holds the role "${role}" now.` : `${email} holds the role "${role}" already.`,
  }
}

function createCommand(group: Command, cli: Cli): void {
  define(group, 'create <name>', 'Create a role', 'postern role create todos-api --title "To Dos API Role"')
    .option('--title <title>', 'how the role is called')
    .action((name: string, { json, title }: JsonOption & { title?: string }) =>
      run(cli, 'command', json, async (app) => {
        const body = { name, ...(title === undefined ? {} : { title }) }
        const role = recordOf((await app.call('roles', 'create', { body })).body)
        const next = `postern role grant ${JSON.stringify(name)} <resource> <action,…>`
        return { json: { role }, text: `Role "${name}" is created. Grant it something: ${next}` }
      }),
    )
}

export function roleCommands(program: Command, cli: Cli): void {
  const group = program.command('role').description('Manage roles and what they may do')
  createCommand(group, cli)
  const summary = 'Let a role do something: actions with commas between, or *'
  define(group, 'grant <role> <resource> <actions>', summary, 'postern role grant todos-api todos list,get')
    .option('--fields <names>', 'only these fields, with commas between')
    .option('--where <filter>', 'only rows that match this filter, as JSON')
    .action((role: string, resource: string, actions: string, options: GrantOptions) =>
      run(cli, 'command', options.json, (app) => grant(app, role, resource, actions, options)),
    )
  define(
    group,
    'assign <account> <role>',
    'Give a user a role',
    'postern role assign ann@example.com todos-api',
  ).action((account: string, role: string, { json }: JsonOption) =>
    run(cli, 'command', json, (app) => assign(app, account, role)),
  )
  define(group, 'list', 'List the roles', 'postern role list').action(({ json }: JsonOption) =>
    run(cli, 'command', json, async (app) => {
      const roles = await listAll(app, 'roles')
      const rows = roles.map((role) => [role['name'], role['title']])
      return { json: { roles }, text: table(['name', 'title'], rows) }
    }),
  )
}

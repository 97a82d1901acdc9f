import { isDeepStrictEqual } from 'node:util'
import type { Command } from 'commander'
import type { Application } from '../../app/application.js'
import { findUser, requireRole } from '../accounts.js'
import { cliErrors } from '../cli-errors.js'
import { table } from '../output.js'
import { define, defineGroup, run, type Cli, type JsonOption } from '../program.js'
import { listAll, recordOf, recordsOf, type CliRecord } from '../records.js'

interface GrantOptions extends JsonOption {
  readonly fields?: string
  readonly where?: string
}

interface Grant {
  readonly role: string
  readonly resource: string
  readonly actions: readonly string[]
  readonly fields: readonly string[] | null
  readonly where: unknown
}

const namesIn = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

function parseWhere(text: string): unknown {
  const problem = '--where must be a filter as JSON, such as \'{"createdById":"{{$user.id}}"}\''
  let filter: unknown
  try {
    filter = JSON.parse(text)
  } catch (cause) {
    throw cliErrors.USAGE({ problem }, cause)
  }
  // `null` would mean every row, which nobody says by asking for fewer.
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) throw cliErrors.USAGE({ problem })
  return filter
}

function parseFields(text: string): string[] {
  const names = namesIn(text)
  if (names.length === 0) throw cliErrors.USAGE({ problem: '--fields must name at least one field' })
  return names
}

/** `todos list,get --fields title --where '{…}'` @throws CLI_USAGE */
export function parseGrant(role: string, resource: string, actions: string, { fields, where }: GrantOptions): Grant {
  const names = namesIn(actions)
  if (names.length === 0) throw cliErrors.USAGE({ problem: 'name at least one action, or * for all' })
  return {
    role,
    resource,
    actions: names,
    fields: fields === undefined ? null : parseFields(fields),
    where: where === undefined ? null : parseWhere(where),
  }
}

const sorted = (names: unknown): unknown => (Array.isArray(names) ? names.map(String).sort() : null)

const isSame = (stored: CliRecord, { actions, fields, where }: Grant): boolean =>
  isDeepStrictEqual(sorted(stored['actions']), sorted(actions)) &&
  isDeepStrictEqual(sorted(stored['fields']), sorted(fields)) &&
  isDeepStrictEqual(stored['where'] ?? null, where)

async function grant(app: Application, wanted: Grant) {
  const { role, resource, actions, fields, where } = wanted
  await requireRole(app, role)
  const stored = await listAll(app, 'grants', { filter: { role, resource } })
  const present = stored.find((candidate) => isSame(candidate, wanted))
  const made = present ?? recordOf((await app.call('grants', 'create', { body: wanted })).body)
  const limits = [
    ...(fields === null ? [] : [`, fields ${fields.join(', ')}`]),
    ...(where === null ? [] : [`, rows ${JSON.stringify(where)}`]),
  ]
  const what = actions.includes('*') ? `do everything with ${resource}` : `${actions.join(', ')} on ${resource}`
  const may = `may ${present ? 'already' : 'now'} ${what}`
  return { json: { grant: made }, text: `"${role}" ${may}${limits.join('')}.` }
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

async function create(app: Application, name: string, title: string | undefined) {
  const body = { name, ...(title === undefined ? {} : { title }) }
  const role = recordOf((await app.call('roles', 'create', { body })).body)
  const next = `npx postern role grant ${JSON.stringify(name)} <resource> <action,…>`
  return { json: { role }, text: `Role "${name}" is created. Grant it something: ${next}` }
}

async function list(app: Application) {
  const roles = await listAll(app, 'roles')
  return {
    json: { roles },
    text: table(
      ['name', 'title'],
      roles.map((role) => [role['name'], role['title']]),
    ),
  }
}

function grantCommand(group: Command, cli: Cli): void {
  const summary = "Let a role do something: actions with commas between, or '*' for all"
  define(group, 'grant <role> <resource> <actions>', summary, 'postern role grant todos-api todos list,get')
    .option('--fields <names>', 'only these fields, with commas between')
    .option('--where <filter>', 'only rows that match this filter, as JSON')
    .action((role: string, resource: string, actions: string, options: GrantOptions) => {
      const wanted = parseGrant(role, resource, actions, options)
      return run(cli, 'command', options.json, (app) => grant(app, wanted))
    })
}

export function roleCommands(program: Command, cli: Cli): void {
  const group = defineGroup(program, 'role', 'Manage roles and what they may do', 'postern role list')
  define(group, 'create <name>', 'Create a role', 'postern role create todos-api --title "To Dos API Role"')
    .option('--title <title>', 'how the role is called')
    .action((name: string, { json, title }: JsonOption & { title?: string }) =>
      run(cli, 'command', json, (app) => create(app, name, title)),
    )
  grantCommand(group, cli)
  const example = 'postern role assign ann@example.com todos-api'
  define(group, 'assign <account> <role>', 'Give a user a role', example).action(
    (account: string, role: string, { json }: JsonOption) =>
      run(cli, 'command', json, (app) => assign(app, account, role)),
  )
  define(group, 'list', 'List the roles', 'postern role list').action(({ json }: JsonOption) =>
    run(cli, 'command', json, list),
  )
}

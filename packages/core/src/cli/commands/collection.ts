import type { Command } from 'commander'
import type { Application } from '../../app/application.js'
import { cliErrors } from '../cli-errors.js'
import { table } from '../output.js'
import { define, defineGroup, run, type Cli, type JsonOption } from '../program.js'
import { listAll, recordOf } from '../records.js'

interface FieldInput {
  readonly name: string
  readonly type: string
  readonly required?: true
}

/** `title:string!` → a required field. @throws CLI_USAGE */
export function parseField(text: string): FieldInput {
  const [, name, type, mark] = /^(\w+):(\w+)(!)?$/.exec(text) ?? []
  if (name === undefined || type === undefined)
    throw cliErrors.USAGE({ problem: `a field is <name>:<type>, with ! when it is required, not "${text}"` })
  return { name, type, ...(mark === undefined ? {} : { required: true }) }
}

const isField = (value: unknown): value is { name: string; type: string; required?: unknown } =>
  typeof value === 'object' && value !== null && 'name' in value && 'type' in value

/** Written as `collection create` takes it. */
const fieldTexts = (fields: unknown): string =>
  Array.isArray(fields)
    ? fields
        .filter(isField)
        .map(({ name, type, required }) => `${name}:${type}${required === true ? '!' : ''}`)
        .join(' ')
    : ''

interface CollectionInput {
  readonly name: string
  readonly title?: string
  readonly fields: readonly FieldInput[]
}

async function create(app: Application, body: CollectionInput) {
  const collection = recordOf((await app.call('collections', 'create', { body })).body)
  const where = `${app.config.API_PREFIX}/${body.name}:list`
  return { json: { collection }, text: `Collection "${body.name}" is made; it answers at ${where}.` }
}

async function list(app: Application) {
  const collections = await listAll(app, 'collections', { hidden: true })
  const rows = collections.map(({ name, title, fields }) => [name, title, fieldTexts(fields)])
  return { json: { collections }, text: table(['name', 'title', 'fields'], rows) }
}

export function collectionCommands(program: Command, cli: Cli): void {
  const group = defineGroup(
    program,
    'collection',
    'Make collections while the server runs',
    'postern collection create todos title:string! completed:boolean',
  )
  define(
    group,
    'create <name> <field...>',
    'Make a collection; a field is <name>:<type>, with ! when it is required',
    'postern collection create todos title:string! completed:boolean',
  )
    .option('--title <title>', 'how the collection is called')
    .action((name: string, texts: string[], { json, title }: JsonOption & { title?: string }) => {
      const input = { name, fields: texts.map(parseField), ...(title === undefined ? {} : { title }) }
      return run(cli, 'command', json, (app) => create(app, input))
    })
  define(group, 'list', 'List the collections that were made at run time', 'postern collection list').action(
    ({ json }: JsonOption) => run(cli, 'command', json, list),
  )
}

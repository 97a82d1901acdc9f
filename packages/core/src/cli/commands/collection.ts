import type { Command } from 'commander'
import { cliErrors, listAll, recordOf } from '../accounts.js'
import { table } from '../output.js'
import { define, run, type Cli, type JsonOption } from '../program.js'

/** `title:string!` → a required field. */
function parseField(text: string): { name: string; type: string; required?: true } {
  const [, name, type, mark] = /^(\w+):(\w+)(!)?$/.exec(text) ?? []
  if (name === undefined || type === undefined)
    throw cliErrors.USAGE({ problem: `a field is <name>:<type>[!], not "${text}"` })
  return { name, type, ...(mark === undefined ? {} : { required: true as const }) }
}

const describe = (fields: unknown): string =>
  Array.isArray(fields)
    ? fields.map((field: unknown) => (isField(field) ? `${field.name}:${field.type}` : '')).join(' ')
    : ''
const isField = (value: unknown): value is { name: string; type: string } =>
  typeof value === 'object' && value !== null && 'name' in value && 'type' in value

export function collectionCommands(program: Command, cli: Cli): void {
  const group = program.command('collection').description('Make collections while the server runs')
  define(
    group,
    'create <name> <field...>',
    'Make a collection; a field is <name>:<type>, with ! when it is required',
    'postern collection create todos title:string! completed:boolean',
  )
    .option('--title <title>', 'how the collection is called')
    .action((name: string, texts: string[], { json, title }: JsonOption & { title?: string }) => {
      const body = { name, fields: texts.map(parseField), ...(title === undefined ? {} : { title }) }
      return run(cli, 'command', json, async (app) => {
        const collection = recordOf((await app.call('collections', 'create', { body })).body)
        return { json: { collection }, text: `Collection "${name}" is made; it answers at …/api/${name}:list` }
      })
    })
  define(group, 'list', 'List the collections that were made at run time', 'postern collection list').action(
    ({ json }: JsonOption) =>
      run(cli, 'command', json, async (app) => {
        const collections = await listAll(app, 'collections')
        const rows = collections.map((collection) => [
          collection['name'],
          collection['title'],
          describe(collection['fields']),
        ])
        return { json: { collections }, text: table(['name', 'title', 'fields'], rows) }
      }),
  )
}

import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { Application } from '../../app/application.js'
import { defineErrors } from '../../kernel/errors.js'
import { isError } from '../../kernel/is-error.js'
import type { CommandResult } from '../../plugins/command.js'
import { exitCode } from '../exit-codes.js'
import { print, table } from '../output.js'
import { addPlugin, createPlugin } from '../plugin-files.js'
import { define, run, type Cli, type JsonOption } from '../program.js'

const errors = defineErrors('PURGE', {
  NO_TERMINAL: {
    status: 412,
    message: 'Purging "{name}" would drop {rows}; there is no terminal to ask at',
    hint: 'Add --yes when you are sure.',
  },
  NOT_CONFIRMED: { status: 409, message: 'Nothing was purged' },
})

/** Who did it, for the history. */
const by = 'command'

interface RemoveOptions extends JsonOption {
  readonly purge?: boolean
  readonly yes?: boolean
}

async function confirm(name: string, rows: string): Promise<void> {
  if (!process.stdin.isTTY) throw errors.NO_TERMINAL({ name, rows })
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl+C and the end of the input are answers as well: no.
  const ended = new AbortController()
  terminal.once('close', () => ended.abort())
  const question = `Purging "${name}" drops ${rows}. Type its name to go on: `
  const answer = await terminal.question(question, ended).catch((error: unknown) => {
    if (ended.signal.aborted || (isError(error) && error.name === 'AbortError')) return ''
    throw error
  })
  terminal.close()
  if (answer.trim() !== name) throw errors.NOT_CONFIRMED()
}

async function remove(
  app: Application,
  name: string,
  { purge = false, yes = false }: RemoveOptions,
): Promise<CommandResult> {
  const held = purge ? await app.plugins.rowsHeld(name) : []
  const rows =
    held.map(({ table: of, rows: count }) => `${of} (${count} row${count === 1 ? '' : 's'})`).join(', ') || 'no tables'
  if (purge && !yes) await confirm(name, rows)
  await app.plugins.remove(name, by, purge)
  const kept = purge ? `It dropped ${rows}.` : 'Its tables and its source are kept.'
  return { json: { plugin: name, removed: true, purged: purge, tables: held }, text: `${name} is removed. ${kept}` }
}

async function doctor(app: Application, cli: Cli): Promise<CommandResult> {
  const findings = await app.plugins.doctor()
  if (findings.length > 0) cli.exitCode = exitCode.failed
  const rows = findings.map(({ plugin, problem, advice }) => [plugin, problem, advice])
  return {
    json: { findings },
    text: rows.length === 0 ? 'Every plugin is well.' : table(['plugin', 'problem', 'what to do'], rows),
  }
}

async function add(source: string, cli: Cli): Promise<CommandResult> {
  const { root, PLUGIN_FOLDERS: folders } = await cli.readConfig()
  const plugin = await addPlugin(source, { root, folders })
  return {
    json: { plugin },
    text: `Plugin "${plugin}" can be found now. Switch it on: npx postern plugin enable ${plugin}`,
  }
}

async function create(name: string, cli: Cli): Promise<CommandResult> {
  const { root } = await cli.readConfig()
  const files = await createPlugin(root, name)
  const next = [
    `  npx postern plugin enable ${name}`,
    `  curl http://localhost:13000/api/${name}:greet`,
    `  npm test -- plugins/${name}`,
  ]
  return {
    json: { plugin: name, files },
    text: ['Written:', ...files.map((file) => `  ${file}`), 'Next:', ...next].join('\n'),
  }
}

/** Commands around a plugin's source: making, finding, examining and removing it. */
export function pluginAuthorCommands(group: Command, cli: Cli): void {
  define(
    group,
    'create <name>',
    'Write a small plugin with its test into plugins/<name>',
    'postern plugin create hello',
  ).action(async (name: string, { json }: JsonOption) => print(await create(name, cli), json === true, cli.output))
  define(
    group,
    'add <source>',
    'Bring a plugin here: a package, a packed file, or a folder (which is linked)',
    'postern plugin add ../my-plugin',
  ).action(async (source: string, { json }: JsonOption) => print(await add(source, cli), json === true, cli.output))
  define(
    group,
    'remove <name>',
    'Switch a plugin off and forget it; its source and tables stay',
    'postern plugin remove hello',
  )
    .option('--purge', 'drop its tables too')
    .option('--yes', 'do not ask')
    .action((name: string, options: RemoveOptions) =>
      run(cli, 'command', options.json, (app) => remove(app, name, options)),
    )
  define(group, 'doctor', 'Find what keeps plugins from working, and say what to do', 'postern plugin doctor').action(
    ({ json }: JsonOption) => run(cli, 'bare', json, (app) => doctor(app, cli)),
  )
}

import type { Command } from 'commander'
import type { Application } from '../../app/application.js'
import type { EnablePlan } from '../../plugins/plugin-plan.js'
import type { ToggleResult } from '../../plugins/plugin-state.js'
import type { CommandResult } from '../../plugins/command.js'
import { exitCode } from '../exit-codes.js'
import { onOneLine, table } from '../output.js'
import { sortHoldings } from '../plugin-holdings.js'
import { parseAssignments } from '../plugin-options.js'
import { collect, define, defineGroup, run, type Cli, type JsonOption } from '../program.js'
import { pluginAuthorCommands } from './plugin-author.js'

/** Who did it, for the history. */
const by = 'command'

async function list(app: Application) {
  const plugins = await app.plugins.list()
  const rows = plugins.map(({ name, version, state, error }) => [name, version, state, error])
  return { json: { plugins }, text: table(['name', 'version', 'state', 'error'], rows) }
}

/** Also a toggle that failed somewhere is told in full; the exit code says that it did. */
function toggled(cli: Cli, result: ToggleResult) {
  const bad = result.nodes.filter(({ state }) => state === 'failed' || state === 'unreachable')
  for (const { node, state, error } of bad)
    cli.output.err(`postern: node ${node} is ${state}${error === null ? '' : `: ${onOneLine(error)}`}\n`)
  if (bad.length > 0) cli.exitCode = exitCode.failed
  const { plugin, state, changed, nodes } = result
  const applied = nodes.length - bad.length
  const where =
    nodes.length === 0 ? '' : ` on ${applied} of ${nodes.length} running node${nodes.length === 1 ? '' : 's'}`
  return { json: result, text: changed ? `${plugin} is ${state}${where}.` : `${plugin} is ${state} already.` }
}

async function info(app: Application, name: string) {
  const held = sortHoldings(await app.plugins.holdings(name))
  const plugin = (await app.plugins.list()).find((candidate) => candidate.name === name)
  const { version = null, state = 'disabled', requires = [], error = null } = plugin ?? {}
  const rows = Object.entries(held).flatMap(([kind, names]: [string, readonly string[]]) =>
    names.map((entry) => [kind, entry]),
  )
  const text = [
    `${name} ${version ?? ''} is ${state}${error === null ? '' : `: ${onOneLine(error)}`}`,
    ...(requires.length === 0 ? [] : [`It needs ${requires.join(', ')}.`]),
    ...(rows.length === 0 ? [] : [table(['holds', 'name'], rows)]),
  ]
  return { json: { name, version, state, requires, ...held }, text: text.join('\n') }
}

async function history(app: Application) {
  const entries = await app.plugins.history()
  const rows = entries.map(({ at, plugin, action, by: who, result, error }) => [at, plugin, action, who, result, error])
  return { json: { entries }, text: table(['at', 'plugin', 'action', 'by', 'result', 'error'], rows) }
}

/** Several toggles: the document is that of the plugin that was named, with the others beside it. */
function toggledAll(cli: Cli, results: readonly ToggleResult[], named: string): CommandResult {
  const shown = results.map((result) => toggled(cli, result))
  const own = results.find(({ plugin }) => plugin === named)
  return {
    json: { ...own, others: results.filter((result) => result !== own) },
    text: shown.map(({ text }) => text).join('\n'),
  }
}

const planned = ({ plugin, steps, ddl }: EnablePlan): CommandResult => ({
  json: { plugin, steps, ddl },
  text: [
    `Enabling ${plugin} would`,
    ...steps.map((step) => `  ${step}`),
    ...(ddl.length === 0
      ? ['The schema would not change.']
      : ['and change the schema:', ...ddl.map((text) => `  ${text}`)]),
  ].join('\n'),
})

interface EnableOptions extends JsonOption {
  readonly set?: readonly string[]
  readonly withRequirements?: boolean
  readonly dryRun?: boolean
}

async function enable(cli: Cli, name: string, { json, set, ...options }: EnableOptions): Promise<void> {
  const given = parseAssignments(set)
  await run(cli, 'command', json, async (app) => {
    if (options.dryRun === true) return planned(await app.plugins.rehearse(name, given))
    if (options.withRequirements === true) {
      return toggledAll(cli, await app.plugins.enableWithRequirements(name, by, given), name)
    }
    return toggled(cli, await app.plugins.enable(name, by, given))
  })
}

async function configure(cli: Cli, name: string, { json, set }: EnableOptions): Promise<void> {
  const given = parseAssignments(set) ?? {}
  await run(cli, 'command', json, async (app) => {
    const result = await app.plugins.configure(name, by, given)
    return { ...toggled(cli, result), text: `The options of ${name} are changed; it is ${result.state}.` }
  })
}

function toggleCommands(group: Command, cli: Cli): void {
  const summary = 'Switch a plugin on, in every running server at once'
  define(group, 'enable <name>', summary, 'postern plugin enable api-keys')
    .option('--set <key=value>', 'an option of the plugin (may be repeated)', collect)
    .option('--with-requirements', 'also what it needs, in the right order')
    .option('--dry-run', 'list the steps and the changes of the schema, and change nothing')
    .action((name: string, options: EnableOptions) => enable(cli, name, options))
  define(
    group,
    'disable <name>',
    'Switch a plugin off, in every running server at once',
    'postern plugin disable api-keys',
  )
    .option('--cascade', 'also what needs it, in the right order')
    .action((name: string, { json, cascade }: JsonOption & { cascade?: boolean }) =>
      run(cli, 'bare', json, async (app) =>
        cascade === true
          ? toggledAll(cli, await app.plugins.disableCascade(name, by), name)
          : toggled(cli, await app.plugins.disable(name, by)),
      ),
    )
  define(
    group,
    'configure <name>',
    'Change options of a plugin; in force at once when it is on',
    'postern plugin configure api-keys --set maxDays=365',
  )
    .requiredOption('--set <key=value>', 'an option of the plugin (may be repeated)', collect)
    .action((name: string, options: EnableOptions) => configure(cli, name, options))
}

export function pluginCommands(program: Command, cli: Cli): void {
  const group = defineGroup(
    program,
    'plugin',
    'Switch plugins on and off while the server runs',
    'postern plugin enable api-keys',
  )
  define(group, 'list', 'List the plugins and their states', 'postern plugin list').action(({ json }: JsonOption) =>
    run(cli, 'bare', json, list),
  )
  toggleCommands(group, cli)
  define(group, 'info <name>', 'Show what a plugin holds', 'postern plugin info api-keys').action(
    (name: string, { json }: JsonOption) => run(cli, 'command', json, (app) => info(app, name)),
  )
  define(group, 'history', 'Show who switched what on and off, and when', 'postern plugin history').action(
    ({ json }: JsonOption) => run(cli, 'bare', json, history),
  )
  pluginAuthorCommands(group, cli)
}

import type { Command } from 'commander'
import type { Application } from '../../app/application.js'
import type { ToggleResult } from '../../plugins/plugin-state.js'
import { cliErrors } from '../accounts.js'
import { exitCode } from '../exit-codes.js'
import { table } from '../output.js'
import { define, run, type Cli, type JsonOption } from '../program.js'

/** Who did it, for the history. */
const by = 'command'

/** `key=value`: a JSON value where it is one, a text otherwise. */
function assignments(texts: readonly string[] = []): Readonly<Record<string, unknown>> | undefined {
  if (texts.length === 0) return undefined
  return Object.fromEntries(
    texts.map((text) => {
      const [, key, value = ''] = /^([A-Za-z]\w*)=(.*)$/s.exec(text) ?? []
      if (key === undefined) throw cliErrors.USAGE({ problem: `--set takes key=value, not "${text}"` })
      try {
        return [key, JSON.parse(value)] as const
      } catch {
        // Not JSON: a text needs no quotes.
        return [key, value] as const
      }
    }),
  )
}

async function list(app: Application) {
  const plugins = await app.plugins.list()
  const rows = plugins.map(({ name, version, state, error }) => [name, version, state, error])
  return { json: { plugins }, text: table(['name', 'version', 'state', 'error'], rows) }
}

/** Also a toggle that failed somewhere is told in full; the exit code says that it did. */
function toggled(cli: Cli, result: ToggleResult) {
  const bad = result.nodes.filter(({ state }) => state === 'failed' || state === 'unreachable')
  for (const { node, state, error } of bad)
    cli.output.err(`postern: node ${node} is ${state}${error === null ? '' : `: ${error}`}\n`)
  if (bad.length > 0) cli.exitCode = exitCode.failed
  const { plugin, state, changed, nodes } = result
  const where = nodes.length === 0 ? '' : ` on ${nodes.length} running node${nodes.length === 1 ? '' : 's'}`
  return { json: result, text: changed ? `${plugin} is ${state}${where}.` : `${plugin} is ${state} already.` }
}

const kinds = {
  collections: 'collection',
  resources: 'resource',
  actions: 'action',
  strategies: 'strategy',
  hooks: 'hook',
  events: 'event',
  routes: 'router',
  commands: 'command',
} as const

async function info(app: Application, name: string) {
  const holdings = await app.plugins.holdings(name)
  const plugin = (await app.plugins.list()).find((candidate) => candidate.name === name)
  const named = (kind: string): string[] =>
    holdings.filter((label) => label.startsWith(`${kind} `)).map((label) => label.slice(kind.length + 1))
  const resources = [...new Set(named('action').map((action) => action.slice(0, action.lastIndexOf(':'))))]
  const held = Object.fromEntries(
    Object.entries(kinds).map(([member, kind]) => [member, member === 'resources' ? resources : named(kind)]),
  )
  const json = {
    name,
    version: plugin?.version,
    state: plugin?.state,
    requires: plugin?.requires,
    ...held,
    jobs: [],
    error: plugin?.error,
  }
  const rows = Object.entries(held).flatMap(([member, names]) => names.map((held) => [member, held]))
  const text = `${name} ${plugin?.version ?? ''} is ${plugin?.state ?? 'unknown'}\n${table(['holds', 'name'], rows)}`
  return { json, text }
}

async function history(app: Application) {
  const entries = await app.plugins.history()
  const rows = entries.map(({ at, plugin, action, by: who, result, error }) => [at, plugin, action, who, result, error])
  return { json: { entries }, text: table(['at', 'plugin', 'action', 'by', 'result', 'error'], rows) }
}

export function pluginCommands(program: Command, cli: Cli): void {
  const group = program.command('plugin').description('Switch plugins on and off while the server runs')
  define(group, 'list', 'List the plugins and their states', 'postern plugin list').action(({ json }: JsonOption) =>
    run(cli, 'bare', json, list),
  )
  define(
    group,
    'enable <name>',
    'Switch a plugin on, in every running server at once',
    'postern plugin enable api-keys',
  )
    .option('--set <key=value...>', 'options of the plugin')
    .action((name: string, { json, set }: JsonOption & { set?: string[] }) => {
      const options = assignments(set)
      return run(cli, 'command', json, async (app) => toggled(cli, await app.plugins.enable(name, by, options)))
    })
  define(
    group,
    'disable <name>',
    'Switch a plugin off, in every running server at once',
    'postern plugin disable api-keys',
  ).action((name: string, { json }: JsonOption) =>
    run(cli, 'bare', json, async (app) => toggled(cli, await app.plugins.disable(name, by))),
  )
  define(group, 'info <name>', 'Show what a plugin holds', 'postern plugin info api-keys').action(
    (name: string, { json }: JsonOption) => run(cli, 'command', json, (app) => info(app, name)),
  )
  define(group, 'history', 'Show who switched what on and off, and when', 'postern plugin history').action(
    ({ json }: JsonOption) => run(cli, 'bare', json, history),
  )
}

import type { Command } from 'commander'
import type { Application } from '../../app/application.js'
import type { CommandResult } from '../../plugins/command.js'
import { exitCode } from '../exit-codes.js'
import { print, table } from '../output.js'
import { define, defineGroup, run, type Cli, type JsonOption } from '../program.js'
import { withApplication } from '../session.js'

const labelOf = ({ plugin, name }: { readonly plugin: string; readonly name: string }): string => `${plugin}/${name}`

async function status(app: Application): Promise<CommandResult> {
  const migrations = await app.migrations()
  const rows = migrations.map(({ plugin, name, state }) => [plugin, name, state])
  return { json: { migrations }, text: table(['plugin', 'migration', 'state'], rows) }
}

const pendingIn = async (app: Application) =>
  (await app.migrations()).filter(({ state }) => state === 'pending').map(({ plugin, name }) => ({ plugin, name }))

/** Opening an application migrates; what is left to do is to compare before and after. */
async function up(cli: Cli): Promise<CommandResult> {
  const config = await cli.readConfig()
  return withApplication(config, 'inspect', async (before) => {
    const wanted = await pendingIn(before)
    const left = new Set(await withApplication(config, 'command', async (app) => (await pendingIn(app)).map(labelOf)))
    const applied = wanted.filter((migration) => !left.has(labelOf(migration)))
    if (left.size > 0) {
      cli.exitCode = exitCode.failed
      cli.output.err(`postern: still pending: ${[...left].join(', ')}; \`npx postern plugin list\` says why\n`)
    }
    const ran = applied.length === 0 ? 'Nothing was pending.' : `Ran ${applied.map(labelOf).join(', ')}.`
    return { json: { applied }, text: left.size > 0 && applied.length === 0 ? 'Nothing could be run.' : ran }
  })
}

export function migrateCommands(program: Command, cli: Cli): void {
  const group = defineGroup(program, 'migrate', 'Bring the database up to date', 'postern migrate status')
  define(group, 'status', 'Show which migrations ran and which are pending', 'postern migrate status').action(
    ({ json }: JsonOption) => run(cli, 'inspect', json, status),
  )
  const summary = 'Run the migrations that are pending, of the server and of every enabled plugin'
  define(group, 'up', summary, 'postern migrate up').action(async ({ json }: JsonOption) =>
    print(await up(cli), json === true, cli.output),
  )
}

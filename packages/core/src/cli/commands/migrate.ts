import type { Command } from 'commander'
import { table } from '../output.js'
import { define, defineGroup, run, type Cli, type JsonOption } from '../program.js'

export function migrateCommands(program: Command, cli: Cli): void {
  const group = defineGroup(program, 'migrate', 'Bring the database up to date', 'postern migrate status')
  define(group, 'status', 'Show which migrations ran', 'postern migrate status').action(({ json }: JsonOption) =>
    run(cli, 'bare', json, async (app) => {
      const migrations = await app.migrations()
      const rows = migrations.map(({ plugin, name, state }) => [plugin, name, state])
      return { json: { migrations }, text: table(['plugin', 'migration', 'state'], rows) }
    }),
  )
  // Opening an application migrates; what is left to do is to say what ran.
  define(
    group,
    'up',
    'Run the migrations that are pending, of the server and of every enabled plugin',
    'postern migrate up',
  ).action(({ json }: JsonOption) =>
    run(cli, 'command', json, async (app) => {
      await Promise.resolve()
      const applied = app.migrated
      return { json: { applied }, text: applied.length === 0 ? 'Nothing was pending.' : `Ran ${applied.join(', ')}.` }
    }),
  )
}

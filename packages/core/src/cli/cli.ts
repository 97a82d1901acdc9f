import { Command, CommanderError } from 'commander'
import { coreVersion } from '../app/core-version.js'
import { collectionCommands } from './commands/collection.js'
import { migrateCommands } from './commands/migrate.js'
import { pluginCommands } from './commands/plugin.js'
import { roleCommands } from './commands/role.js'
import { startCommand } from './commands/start.js'
import { userCommands } from './commands/user.js'
import { addContributed } from './contributed.js'
import { exitCode, exitCodeOf } from './exit-codes.js'
import { printError, type Output } from './output.js'
import type { Cli } from './program.js'
import { withApplication } from './session.js'

function buildProgram(cli: Cli): Command {
  const program = new Command('postern')
    .description('A plugin-based API server')
    .version(coreVersion)
    .exitOverride()
    .configureOutput({ writeOut: cli.output.out, writeErr: cli.output.err })
    .addHelpText(
      'after',
      '\nPlugins that are enabled bring commands of their own, such as `postern key create`.\nExample:\n  $ postern plugin list',
    )
  startCommand(program, cli)
  pluginCommands(program, cli)
  userCommands(program, cli)
  roleCommands(program, cli)
  collectionCommands(program, cli)
  migrateCommands(program, cli)
  inheritSettings(program, cli)
  return program
}

/** Commander hands neither exit override nor output down to commands that exist already. */
function inheritSettings(command: Command, cli: Cli): void {
  for (const child of command.commands) {
    child.exitOverride().configureOutput({ writeOut: cli.output.out, writeErr: cli.output.err })
    inheritSettings(child, cli)
  }
}

/** The first word that is no option: the group of the command. */
const groupOf = (words: readonly string[]): string | undefined => words.find((word) => !word.startsWith('-'))

/** Runs with the commands of plugins: only for words that are none of the server's own. */
async function runContributed(program: Command, words: readonly string[], cli: Cli): Promise<void> {
  await withApplication('command', async (app) => {
    addContributed(program, app, cli)
    inheritSettings(program, cli)
    const group = groupOf(words) ?? ''
    const isKnown = program.commands.some((command) => command.name() === group)
    if (!isKnown)
      cli.output.err('Commands of plugins are there only while their plugin is enabled: see `postern plugin list`.\n')
    await program.parseAsync(words, { from: 'user' })
  })
}

/**
 * Runs one command.
 *
 * @param words the arguments, without `node` and the script
 * @returns the exit code: 0 done, 1 failed, 2 usage, 3 precondition missing, 4 conflict or busy
 */
export async function main(words: readonly string[], output: Output): Promise<number> {
  const cli: Cli = { output, exitCode: exitCode.done }
  const program = buildProgram(cli)
  const group = groupOf(words)
  try {
    if (group === undefined && !words.some((word) => /^(-h|--help|-V|--version)$/.test(word)))
      program.help({ error: true })
    const isBuiltin =
      group === undefined || group === 'help' || program.commands.some((command) => command.name() === group)
    if (isBuiltin) await program.parseAsync(words, { from: 'user' })
    else await runContributed(program, words, cli)
    return cli.exitCode
  } catch (error) {
    // Commander has printed its own message already.
    if (!(error instanceof CommanderError)) printError(error, words.includes('--json'), output)
    return exitCodeOf(error)
  }
}

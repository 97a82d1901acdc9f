import { Command, CommanderError } from 'commander'
import type { Application } from '../app/application.js'
import { loadConfig, type Config } from '../app/config.js'
import { coreVersion } from '../app/core-version.js'
import { embeddedFolder } from '../app/database-source.js'
import { postgresVersionOf } from '../database/embedded.js'
import { cliErrors } from './cli-errors.js'
import { collectionCommands } from './commands/collection.js'
import { migrateCommands } from './commands/migrate.js'
import { pluginCommands } from './commands/plugin.js'
import { roleCommands } from './commands/role.js'
import { startCommand } from './commands/start.js'
import { userCommands } from './commands/user.js'
import { addContributed } from './contributed.js'
import { exitCode, exitCodeOf } from './exit-codes.js'
import { onOneLine, print, printProblem, type Output } from './output.js'
import { problemOf } from './problem.js'
import { exampleText, type Cli } from './program.js'
import { withApplication } from './session.js'

/** Help must come at once and everywhere, also without a database, so it does not ask which plugins are on. */
const helpOnPlugins = `
Plugins that are enabled bring commands of their own, such as \`npx postern key create\`:
\`npx postern plugin info <name>\` lists them, \`npx postern <command> --help\` explains them.`

function buildProgram(cli: Cli): Command {
  const program = new Command('postern')
    .description('A plugin-based API server')
    .version(coreVersion)
    // Both are handed down to the commands that are made from here on.
    .exitOverride()
    .configureOutput({
      writeOut: cli.output.out,
      writeErr: cli.output.err,
      // `main` prints what went wrong, in one way for all errors.
      outputError: () => undefined,
    })
    .addHelpText('after', helpOnPlugins)
    .addHelpText('after', exampleText('postern plugin list'))
  startCommand(program, cli)
  pluginCommands(program, cli)
  userCommands(program, cli)
  roleCommands(program, cli)
  collectionCommands(program, cli)
  migrateCommands(program, cli)
  return program
}

/** The first word that is no option: the group of the command, or the one that help is asked for. */
function groupOf(words: readonly string[]): string | undefined {
  const [first, second] = words.filter((word) => !word.startsWith('-'))
  return first === 'help' ? second : first
}

/** Words after `--` are arguments, whatever they look like. */
const asksForJson = (words: readonly string[]): boolean =>
  words.slice(0, words.includes('--') ? words.indexOf('--') : words.length).includes('--json')

const isUnknownCommand = (error: unknown): error is CommanderError =>
  error instanceof CommanderError && error.code === 'commander.unknownCommand'

/** Commander's error, or where no command of a similar name exists one that says who may bring it. */
async function explain(error: CommanderError, command: string, app: Application): Promise<Error> {
  const hasSuggestion = error.message.includes('\n')
  const isOneOff = (await app.plugins.list()).some(({ state }) => state !== 'enabled')
  return !hasSuggestion && isOneOff ? cliErrors.COMMAND_OFF({ command }) : error
}

/** Without a database no plugin can be on, and a word that was misspelt is no reason to make one. */
async function canPluginsBeOn(config: Config): Promise<boolean> {
  return config.DATABASE_URL !== undefined || (await postgresVersionOf(embeddedFolder(config))) !== undefined
}

/** Runs with the commands of plugins: only for words that are none of the server's own. */
async function runContributed(program: Command, words: readonly string[], group: string, cli: Cli): Promise<void> {
  const config = await cli.readConfig()
  if (!(await canPluginsBeOn(config))) return void (await program.parseAsync(words, { from: 'user' }))
  // Printed only when all went well: a command that fails late must not have answered already.
  let answer = (): void => undefined
  let isOpen = false
  const work = async (app: Application): Promise<void> => {
    isOpen = true
    addContributed(program, app, (result, asJson) => (answer = () => print(result, asJson, cli.output)))
    const isKnown = program.commands.some((command) => command.name() === group)
    try {
      await program.parseAsync(words, { from: 'user' })
    } catch (error) {
      throw !isKnown && isUnknownCommand(error) ? await explain(error, group, app) : error
    }
  }
  await withApplication(config, 'command', work).catch((error: unknown) => {
    const news = `postern: "${onOneLine(group)}" is no command of the server itself; those of plugins need the database\n`
    if (!isOpen) cli.output.err(news)
    throw error
  })
  answer()
}

async function runCommand(words: readonly string[], cli: Cli): Promise<void> {
  const program = buildProgram(cli)
  const group = groupOf(words)
  const isBuiltin = group === undefined || program.commands.some((command) => command.name() === group)
  if (isBuiltin) await program.parseAsync(words, { from: 'user' })
  else await runContributed(program, words, group, cli)
}

/**
 * Runs one command.
 *
 * @param words the arguments, without `node` and the script
 * @param readConfig from where a command that opens something has its settings
 * @returns the exit code: 0 done, 1 failed, 2 usage, 3 precondition missing, 4 conflict or busy
 */
export async function main(
  words: readonly string[],
  output: Output,
  readConfig: () => Promise<Config> = loadConfig,
): Promise<number> {
  const cli: Cli = { output, readConfig, exitCode: exitCode.done, failureCode: undefined }
  try {
    await runCommand(words, cli)
    return cli.exitCode
  } catch (error) {
    const problem = problemOf(error)
    if (problem) printProblem(problem, asksForJson(words), output)
    return cli.failureCode ?? exitCodeOf(error)
  }
}

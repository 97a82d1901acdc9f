import type { Command } from 'commander'
import type { Config } from '../app/config.js'
import { print, type Output } from './output.js'
import { withApplication, type CommandMode, type Work } from './session.js'

/** What the commands share: where they print, what they are set to, and what the last one left as exit code. */
export interface Cli {
  readonly output: Output
  /** Read only by commands that open something: help needs no settings. */
  readonly readConfig: () => Promise<Config>
  /** Of a command that did its work. */
  exitCode: number
  /** Of a command that throws, where it is not what the error itself says. */
  failureCode: number | undefined
}

export interface JsonOption {
  readonly json?: boolean
}

/** As it can be typed where the server was only just installed: nothing has put `postern` on the path. */
export const exampleText = (example: string): string =>
  `\nExample:\n  $ ${example.replace(/^postern /, 'npx postern ')}`

/** Every command knows `--json`, and shows an example in its help. */
export function define(parent: Command, usage: string, summary: string, example: string): Command {
  return equip(parent.command(usage), summary, example)
}

export function equip(command: Command, summary: string, example: string): Command {
  return command
    .description(summary)
    .option('--json', 'print one JSON document')
    .addHelpText('after', exampleText(example))
}

/** A group of commands: `user` in `user list`. */
export function defineGroup(program: Command, name: string, summary: string, example: string): Command {
  return program.command(name).description(summary).addHelpText('after', exampleText(example))
}

/** For an option that may be given several times. Unlike commander's `<name...>` it does not swallow the arguments after it. */
export const collect = (value: string, previous: readonly string[] | undefined): readonly string[] => [
  ...(previous ?? []),
  value,
]

/** Runs work on an open application and prints its result. */
export async function run(cli: Cli, mode: CommandMode, asJson: boolean | undefined, work: Work): Promise<void> {
  print(await withApplication(await cli.readConfig(), mode, work), asJson === true, cli.output)
}

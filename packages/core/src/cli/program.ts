import type { Command } from 'commander'
import { print, type Output } from './output.js'
import { withApplication, type Work } from './session.js'

/** What the commands share: where they print, and what the last one left as exit code. */
export interface Cli {
  readonly output: Output
  exitCode: number
}

/** Every command knows `--json`, and shows an example in its help. */
export function define(parent: Command, usage: string, summary: string, example: string): Command {
  return parent
    .command(usage)
    .description(summary)
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nExample:\n  $ ${example}`)
}

/** Runs work on an open application and prints its result. */
export async function run(cli: Cli, mode: 'command' | 'bare', asJson: boolean | undefined, work: Work): Promise<void> {
  print(await withApplication(mode, work), asJson === true, cli.output)
}

export interface JsonOption {
  readonly json?: boolean
}

/** What a command answers: one JSON document for `--json`, and text for a person. */
export interface CommandResult {
  readonly json: unknown
  readonly text: string
}

export interface CommandOption {
  /** As commander writes them: `--user <account>`, `--scope <scope>`, `--read-only`. */
  readonly flags: string
  readonly description: string
  readonly required?: boolean
  /** May be given several times; the value is then a list. */
  readonly repeatable?: boolean
}

export interface CommandInput {
  /** The arguments in order; one that was left out is undefined. */
  readonly arguments: readonly (string | undefined)[]
  /** By the option's long name in camel case. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A command of the CLI, contributed by a plugin. */
export interface CommandSpec {
  readonly summary: string
  /** As commander writes them: `<account>`, `[title]`, `<field...>`. */
  readonly arguments?: readonly { readonly name: string; readonly description: string }[]
  readonly options?: readonly CommandOption[]
  /** One line that works, shown in the help. */
  readonly example: string
  run(input: CommandInput): Promise<CommandResult>
}

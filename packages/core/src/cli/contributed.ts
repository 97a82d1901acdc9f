import { Option, type Command } from 'commander'
import type { Application } from '../app/application.js'
import type { CommandSpec } from '../plugins/command.js'
import { print } from './output.js'
import { define, type Cli } from './program.js'

const collect = (value: string, previous: readonly string[] | undefined): readonly string[] => [
  ...(previous ?? []),
  value,
]

function addOptions(command: Command, { options = [] }: CommandSpec): void {
  for (const { flags, description, required = false, repeatable = false } of options) {
    const option = new Option(flags, description).makeOptionMandatory(required)
    command.addOption(repeatable ? option.argParser(collect) : option)
  }
}

/** Adds the commands that enabled plugins contribute: `key create` becomes `create` in the group `key`. */
export function addContributed(program: Command, app: Application, cli: Cli): void {
  for (const [name, spec] of app.commands.entries()) {
    const [groupName = '', ...rest] = name.split(' ')
    const known = program.commands.find((candidate) => candidate.name() === groupName)
    const group = known ?? program.command(groupName).description('Brought by a plugin')
    const usage = [rest.join(' '), ...(spec.arguments ?? []).map((argument) => argument.name)].join(' ')
    const command = define(group, usage, spec.summary, spec.example)
    addOptions(command, spec)
    command.action(async () => {
      const options: Readonly<Record<string, unknown>> = command.opts()
      print(await spec.run({ arguments: command.args, options }), options['json'] === true, cli.output)
    })
  }
}

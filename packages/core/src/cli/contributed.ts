import { Command, Option } from 'commander'
import type { Application } from '../app/application.js'
import type { CommandResult, CommandSpec } from '../plugins/command.js'
import { collect, defineGroup, equip } from './program.js'

/** Takes what a command answers. */
export type Answer = (result: CommandResult, asJson: boolean) => void

function addOptions(command: Command, { options = [] }: CommandSpec): void {
  for (const { flags, description, required = false, repeatable = false } of options) {
    const option = new Option(flags, description).makeOptionMandatory(required)
    command.addOption(repeatable ? option.argParser(collect) : option)
  }
}

/** The command as commander knows it. @throws Error when a flag or an argument is not written as commander writes them */
function build(name: string, spec: CommandSpec, parent: Command, answer: Answer): Command {
  const command = equip(new Command(name).copyInheritedSettings(parent), spec.summary, spec.example)
  for (const argument of spec.arguments ?? []) command.argument(argument.name, argument.description)
  addOptions(command, spec)
  return command.action(async () => {
    const options: Readonly<Record<string, unknown>> = command.opts()
    answer(await spec.run({ arguments: command.args, options }), options['json'] === true)
  })
}

const childOf = (parent: Command, name: string): Command | undefined =>
  parent.commands.find((candidate) => candidate.name() === name)

/** `key` of `key create`, made where it is missing; groups may stand in groups. */
function groupFor(program: Command, names: readonly string[], plugin: string, { example }: CommandSpec): Command {
  return names.reduce(
    (parent, name) => childOf(parent, name) ?? defineGroup(parent, name, `Commands of the plugin "${plugin}"`, example),
    program,
  )
}

/** Adds the commands that enabled plugins contribute: `key create` becomes `create` in the group `key`. */
export function addContributed(program: Command, app: Application, answer: Answer): void {
  const builtin = new Set(['help', ...program.commands.map((command) => command.name())])
  for (const [name, spec, { owner: plugin }] of app.commands.entries()) {
    const [group = '', ...rest] = name.split(' ')
    const names = [group, ...rest]
    // The server's own commands work without opening the plugins, so nothing can be added to them.
    if (builtin.has(group)) {
      app.log.warn({ plugin, command: name }, `The command "${name}" is left out: "${group}" belongs to the server`)
      continue
    }
    try {
      const parent = groupFor(program, names.slice(0, -1), plugin, spec)
      parent.addCommand(build(names.at(-1) ?? group, spec, parent, answer))
    } catch (error) {
      // One plugin's mistake must not cost the others their commands.
      app.log.warn({ err: error, plugin, command: name }, `The command "${name}" cannot be offered`)
    }
  }
}

import { defineErrors } from '../kernel/errors.js'

export const cliErrors = defineErrors('CLI', {
  NO_USER: {
    status: 404,
    message: 'There is no user "{account}"',
    hint: '`npx postern user list` shows who there is.',
  },
  NO_ROLE: {
    status: 404,
    message: 'There is no role "{role}"',
    hint: '`npx postern role list` shows those there are.',
  },
  USAGE: { status: 400, message: '{problem}', hint: 'Add --help to see how the command is used.' },
  COMMAND_OFF: {
    status: 400,
    message: "unknown command '{command}'",
    hint: 'A plugin that is off may bring it: `npx postern plugin list` shows which there are.',
  },
})

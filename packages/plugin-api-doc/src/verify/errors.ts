import { defineErrors } from '@postern/core'

export const apiDocErrors = defineErrors('API_DOC', {
  BAD_KEY: {
    status: 412,
    message: 'The server at {base} does not take the key',
    hint: 'Make one with `npx postern key create`; for a token of a space add `--header x-undb-api-token`.',
  },
  BAD_HEADER: {
    status: 400,
    message: '"{line}" is no header',
    hint: "Write it as 'X-Space: 1'.",
  },
  NO_SERVER: {
    status: 503,
    message: 'There is no answer from {base}',
    hint: 'Start the server with `npm start`, or correct --base: it is such as http://localhost:13000.',
  },
  NO_DOCUMENT: {
    status: 412,
    message: '{address} gives no API document, but status {status}',
    hint: 'Switch the plugin on with `npx postern plugin enable api-doc`, or correct --base.',
  },
  WRONG: {
    status: 500,
    message: '{problem}',
    hint: 'The document and the server disagree, which is a defect: report it.',
  },
})

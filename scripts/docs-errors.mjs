// Writes docs/errors.md from the catalogue of errors: `node scripts/docs-errors.mjs`. Needs a build. With `--print` it
// prints instead what it would write; a test compares that with the page (test/errors-page.unit.test.ts).
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { root } from './lib/setup.mjs'

const load = (file) => import(pathToFileURL(join(root, file)).href)

/** An error is defined when its module is loaded, so every module of a package is, except the command itself. */
async function loadAll(folder) {
  for (const file of readdirSync(join(root, folder), { recursive: true })) {
    if (file.endsWith('.js') && !file.endsWith('bin.js')) await load(join(folder, file))
  }
}

const packages = readdirSync(join(root, 'packages')).filter((name) => name === 'core' || name.startsWith('plugin-'))
for (const name of packages) await loadAll(join('packages', name, 'dist'))
const { definedErrors, wire } = await load('packages/core/dist/index.js')
const { AppError } = await load('packages/core/dist/kernel/errors.js')
const { exitCodeOf } = await load('packages/core/dist/cli/exit-codes.js')

/** A message may hold what Markdown would take for its own. */
const plain = (text) => text.replace(/[\\|<>*]/g, '\\$&')
const wireRow = ({ code, status, message }) => `| \`${code}\` | ${status} | ${plain(message)} |`
const section = ({ code, status, message, hint }) => {
  const exit = exitCodeOf(new AppError(code, status, message))
  const lines = [`### \`${code}\``, `${status}, exit code ${exit}: ${plain(message)}`]
  return [...lines, ...(hint === undefined ? [] : [`> ${plain(hint)}`])].join('\n\n')
}

const errors = definedErrors()
const page = `# Errors

Generated from the catalogue by \`node scripts/docs-errors.mjs\`; do not edit it by hand.

Every error that Postern makes on purpose has a code that is never given to another error, an HTTP status, and a
sentence that is safe to show. \`{names}\` are filled in. Anything else that goes wrong is \`INTERNAL\`: the answer says
nothing of it, and the \`X-Request-Id\` of the answer finds it in the log.

\`\`\`text
{"errors":[{"code":"INVALID_VALUE","message":"pages must be at least 1","path":"pages"}]}
\`\`\`

\`path\` says where in the input the fault is. One input may have several faults; each has an entry.

## What the API answers

| Code | Status | Message |
| --- | --- | --- |
${errors
  .filter(({ code }) => code in wire)
  .map(wireRow)
  .join('\n')}

## What the start, commands and plugins say

Commands print the message and, below it, what to do next, and end with the exit code. Where the same thing is done over
HTTP, the answer has the status and the message. (A \`start\` that has waited 30 s for its database has failed: 1.)

${errors
  .filter(({ code }) => !(code in wire))
  .map(section)
  .join('\n\n')}
`

const file = join(root, 'docs', 'errors.md')
const text = await format(page, { ...(await resolveConfig(file)), parser: 'markdown' })
if (process.argv.includes('--print')) process.stdout.write(text)
else writeFileSync(file, text)

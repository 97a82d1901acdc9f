// Writes the second half of docs/cli.md, what every command says with --help: `node scripts/docs-cli.mjs`. With `--check` it
// writes nothing and fails when the page is not what it would write (test/cli-page.unit.test.ts). Needs a build.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './lib/setup.mjs'

const mark = '<!-- From here on the page is written by `node scripts/docs-cli.mjs`. -->'
const file = join(root, 'docs', 'cli.md')

// A project of its own, with every plugin of this checkout on: plugins bring commands.
const project = mkdtempSync(join(tmpdir(), 'postern-cli-'))
symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'), 'junction')
process.chdir(project)
const { PATH, HOME } = process.env
process.env = { PATH, HOME }
// A terminal would have the help as wide as it is itself.
process.stdout.isTTY = false

const { main } = await import(pathToFileURL(join(root, 'packages', 'core', 'dist', 'cli', 'cli.js')).href)

/** What a command prints. */
async function postern(...words) {
  let printed = ''
  let complaint = ''
  const code = await main(words, { out: (text) => (printed += text), err: (text) => (complaint += text) })
  if (code !== 0) throw new Error(`postern ${words.join(' ')} ended with ${code}: ${complaint}`)
  return printed
}

/** The names under `Commands:`. */
function commandsIn(help) {
  const [, list = ''] = help.split('\nCommands:\n')
  const names = list.split('\n\n')[0].matchAll(/^ {2}([a-z][\w-]*)/gm)
  return [...names].map(([, name]) => name).filter((name) => name !== 'help')
}

/** The help of a command and of all below it, in the order of the help. */
async function sections(words) {
  const help = await postern(...words, '--help')
  const text = `## \`${['postern', ...words].join(' ')}\`\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`
  const below = []
  for (const name of commandsIn(help)) below.push(...(await sections([...words, name])))
  // A group says nothing that its commands do not say.
  return words.length === 1 && below.length > 0 ? below : [text, ...below]
}

async function contributedGroups() {
  const groups = new Set()
  for (const { name } of JSON.parse(await postern('plugin', 'list', '--json')).plugins) {
    await postern('plugin', 'enable', name)
    const { commands } = JSON.parse(await postern('plugin', 'info', name, '--json'))
    for (const command of commands) groups.add(command.split(' ')[0])
  }
  return [...groups]
}

async function written() {
  try {
    const groups = await contributedGroups()
    const parts = await sections([])
    for (const group of groups) parts.push(...(await sections([group])))
    return parts.join('\n')
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

const page = readFileSync(file, 'utf8')
const [head] = page.split(mark)
const wanted = `${head}${mark}\n\n${await written()}`
if (!process.argv.includes('--check')) writeFileSync(file, wanted)
else if (page !== wanted) {
  console.error('docs/cli.md is not what the commands say of themselves; write it again: node scripts/docs-cli.mjs')
  process.exitCode = 1
}
process.exit()

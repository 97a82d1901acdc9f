import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { coreVersion } from '../app/core-version.js'
import { defineErrors } from '../kernel/errors.js'
import { discoverPlugins } from '../plugins/plugin-loader.js'
import { harmless } from '../plugins/credential-command.js'
import { isObject } from '../resources/parameters.js'
import { pluginFiles } from './plugin-template.js'

const errors = defineErrors('PLUGIN_FILES', {
  BAD_NAME: {
    status: 400,
    message: '"{name}" is no name for a plugin',
    hint: 'Use small letters, digits and hyphens: my-plugin.',
  },
  EXISTS: {
    status: 409,
    message: 'plugins/{name} exists already',
    hint: 'Choose another name, or edit the plugin that is there.',
  },
  NO_PACKAGE: {
    status: 412,
    message: '{folder} holds no package.json',
    hint: 'Give the folder of a plugin, or the name of a package.',
  },
  INSTALL_FAILED: {
    status: 500,
    message: '{package} could not be installed (exit code {code})',
    hint: 'The output above says why.',
  },
  NOT_FOUND: {
    status: 412,
    message: '{package} is installed, but its name does not say that it is a plugin',
    hint: 'Only @postern/plugin-* and postern-plugin-* are found by their names. Add its folder in node_modules to PLUGIN_FOLDERS.',
  },
})

const nameForm = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

/** Writes a new plugin. @returns the paths written @throws PLUGIN_FILES_EXISTS, PLUGIN_FILES_BAD_NAME */
export async function createPlugin(root: string, name: string): Promise<string[]> {
  if (!nameForm.test(name)) throw errors.BAD_NAME({ name })
  const folder = path.join(root, 'plugins', name)
  if (existsSync(folder)) throw errors.EXISTS({ name })
  const files = Object.entries(pluginFiles(name, coreVersion))
  for (const [file, text] of files) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
    await writeFile(path.join(folder, file), text)
  }
  return files.map(([file]) => path.posix.join('plugins', name, file))
}

/** Makes a plugin in a folder elsewhere one of this server's, without copying it. @returns its folder's name */
async function linkPlugin(root: string, folder: string, source: string): Promise<string> {
  if (!existsSync(path.join(folder, 'package.json'))) throw errors.NO_PACKAGE({ folder: source })
  const manifest: unknown = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
  const packageName =
    typeof manifest === 'object' && manifest !== null && 'name' in manifest
      ? String(manifest.name)
      : path.basename(folder)
  const name = packageName.replace(/^(?:@[^/]+\/)?(?:postern-)?plugin-/, '')
  if (!nameForm.test(name)) throw errors.BAD_NAME({ name: harmless(name) })
  const link = path.join(root, 'plugins', name)
  if (existsSync(link)) throw errors.EXISTS({ name })
  await mkdir(path.dirname(link), { recursive: true })
  await symlink(folder, link, 'junction')
  return name
}

/** Brings a plugin from elsewhere: a folder is linked, anything else is a package. @returns the plugin's name */
export async function addPlugin(source: string, { root, folders }: PluginPlaces): Promise<string> {
  const place = path.resolve(source)
  const isPacked = packed.test(source) && existsSync(place)
  if (!isPacked && isPath.test(source)) return linkPlugin(root, place, source)
  return installPackage(isPacked ? place : source, { root, folders })
}

interface PluginPlaces {
  readonly root: string
  /** Where else plugins are looked for. */
  readonly folders: readonly string[]
}

/** What `npm pack` makes. */
const packed = /\.(tgz|tar\.gz)$/
/** `./plugin`, `../plugin`, `/plugin`: a folder; anything else is a package. */
const isPath = /^(\.{1,2}([/\\]|$)|[/\\]|[A-Za-z]:[/\\])/

async function installPackage(source: string, { root, folders }: PluginPlaces): Promise<string> {
  const before = dependenciesOf(root)
  await install(root, source)
  const after = Object.entries(dependenciesOf(root))
  const changed = after.find(([name, version]) => before[name] !== version)
  // What was there already changes nothing in the manifest.
  const same = after.find(([, version]) => path.resolve(root, String(version).replace(/^file:/, '')) === source)
  const name = (changed ?? same)?.[0] ?? source.replace(/(?!^)@[^/]*$/, '')
  const plugin = (await discoverPlugins(root, folders)).find((found) => found.package === name)
  if (!plugin) throw errors.NOT_FOUND({ package: name })
  return plugin.name
}

/** With the package manager that the folder uses. @throws PLUGIN_FILES_INSTALL_FAILED */
async function install(root: string, source: string): Promise<void> {
  const { packageManager } = manifestOf(root)
  const pnpm = typeof packageManager === 'string' && packageManager.startsWith('pnpm@') ? packageManager : 'pnpm'
  const [command, ...words] = existsSync(path.join(root, 'pnpm-lock.yaml'))
    ? ['npx', '--yes', pnpm, 'add', '--workspace-root', source]
    : // The prefix, because npm would look for a better place further up.
      ['npm', 'install', '--no-audit', '--no-fund', '--prefix', root, source]
  // stdout belongs to the command's own answer. On Windows both are scripts that only a shell can run.
  const child = spawn(command, words, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject))
  if (code !== 0) throw errors.INSTALL_FAILED({ package: source, code: code ?? 'none' })
}

function manifestOf(root: string): Readonly<Record<string, unknown>> {
  const file = path.join(root, 'package.json')
  const manifest: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  return isObject(manifest) ? manifest : {}
}

function dependenciesOf(root: string): Readonly<Record<string, unknown>> {
  const { dependencies } = manifestOf(root)
  return isObject(dependencies) ? dependencies : {}
}

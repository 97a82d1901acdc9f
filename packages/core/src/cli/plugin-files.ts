import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { coreVersion } from '../app/core-version.js'
import { defineErrors } from '../kernel/errors.js'
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
export async function linkPlugin(root: string, source: string): Promise<string> {
  const folder = path.resolve(root, source)
  if (!existsSync(path.join(folder, 'package.json'))) throw errors.NO_PACKAGE({ folder: source })
  const manifest: unknown = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
  const packageName =
    typeof manifest === 'object' && manifest !== null && 'name' in manifest
      ? String(manifest.name)
      : path.basename(folder)
  const name = packageName.replace(/^(?:@[^/]+\/)?(?:postern-)?plugin-/, '')
  const link = path.join(root, 'plugins', name)
  if (existsSync(link)) throw errors.EXISTS({ name })
  await mkdir(path.dirname(link), { recursive: true })
  await symlink(folder, link, 'junction')
  return name
}

/** Installs a package with the package manager that the folder uses. @throws PLUGIN_FILES_INSTALL_FAILED */
export async function installPackage(root: string, packageName: string): Promise<string> {
  const [command, ...words] = existsSync(path.join(root, 'pnpm-lock.yaml'))
    ? ['npx', '--yes', 'pnpm', 'add', '--workspace-root', packageName]
    : ['npm', 'install', packageName]
  // stdout belongs to the command's own answer.
  const child = spawn(command, words, { cwd: root, stdio: ['ignore', 2, 2] })
  const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject))
  if (code !== 0) throw errors.INSTALL_FAILED({ package: packageName, code: code ?? 'none' })
  return packageName.replace(/@[^@/]+$/, '').replace(/^(?:@[^/]+\/)?(?:postern-)?plugin-/, '')
}

/** `./plugin`, `../plugin`, `/plugin`: a folder; anything else is a package. */
export const isFolder = (text: string): boolean => /^(\.{1,2}([/\\]|$)|[/\\]|[A-Za-z]:[/\\])/.test(text)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { ReceivedJson } from '@postern/testkit'
import { parseConfig } from '../../src/app/config.js'
import { main } from '../../src/cli/cli.js'
import { recordOutput } from './recorded-output.js'

const packages = fileURLToPath(new URL('../../../', import.meta.url))
const script = join(packages, 'core', 'bin', 'postern.js')

/** By the names in the environment. */
export type Environment = Readonly<Record<string, string>>

const standard: Environment = {
  APP_KEY: 'Wq3vT9zLr5YkXc8HnJd2FbMa7PsGe4Ux',
  APP_PORT: '0',
  // A list that names nobody; an empty text would stand for the default.
  PLUGINS: ',',
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What is on stdout, as the one JSON document that it has to be. */
  readonly json: ReceivedJson
}

function finished(code: number | null, stdout: string, stderr: string): Finished {
  return {
    code,
    stdout,
    stderr,
    get json(): ReceivedJson {
      return JSON.parse(stdout)
    },
  }
}

const wordsOf = (command: string | readonly string[]): readonly string[] =>
  typeof command === 'string' ? command.split(' ') : command

/** A folder that a server belongs to, with plugins of its own, and the command line as it is run there. */
export class CliFolder {
  private constructor(
    readonly path: string,
    private readonly environment: Environment,
  ) {}

  static async make(environment: Environment): Promise<CliFolder> {
    const path = await mkdtemp(join(tmpdir(), 'postern-cli-'))
    // What marks a folder as a server's.
    await writeFile(join(path, 'pnpm-workspace.yaml'), '')
    const scope = join(path, 'node_modules', '@postern')
    await mkdir(scope, { recursive: true })
    await symlink(join(packages, 'core'), join(scope, 'core'))
    return new CliFolder(path, { ...standard, STORAGE_DIR: join(path, 'storage'), ...environment })
  }

  /** Offers a plugin of this checkout. */
  async link(packageName: string): Promise<void> {
    await symlink(join(packages, packageName), join(this.path, 'node_modules', '@postern', packageName))
  }

  /** Offers a plugin with this definition, as JavaScript: `setup() { … }, requires: …`; `before` stands ahead of it. */
  async plugin(name: string, definition: string, before = ''): Promise<void> {
    const folder = join(this.path, 'packages', `plugin-${name}`)
    await mkdir(folder, { recursive: true })
    const manifest = { name: `plugin-${name}`, version: '1.0.0', type: 'module', main: 'index.js' }
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
    const source = [
      `import { definePlugin, defineAction, f } from '@postern/core'`,
      before,
      `export default definePlugin({ name: '${name}', version: '1.0.0', ${definition} })`,
    ]
    await writeFile(join(folder, 'index.js'), source.join('\n'))
  }

  /** Starts a process with `words` as its command line. */
  spawn(words: readonly string[], environment: Environment = {}, options: { readonly detached?: boolean } = {}) {
    return spawn(process.execPath, [script, ...words], {
      cwd: this.path,
      env: { PATH: '/usr/bin:/bin', ...this.environment, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...options,
    })
  }

  /** Runs a command in this process, which is ten times as quick; its words are separated by blanks, or given as a list. */
  async run(command: string | readonly string[]): Promise<Finished> {
    const output = recordOutput()
    const settings = { ...this.environment, LOG_LEVEL: 'silent' }
    const code = await main(wordsOf(command), output, () => Promise.resolve(parseConfig(settings, this.path)))
    return finished(code, output.printed.out, output.printed.err)
  }

  /** Runs a command in a process of its own: for what is about stdin, the log, signals or the end of the process. */
  async process(
    command: string | readonly string[],
    options: { stdin?: string; env?: Environment } = {},
  ): Promise<Finished> {
    const child = this.spawn(wordsOf(command), options.env)
    child.stdin.end(options.stdin ?? '')
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return finished(child.exitCode, stdout, stderr)
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}

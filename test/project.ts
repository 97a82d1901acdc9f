import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { repository } from './markdown-blocks.js'

const postern = join(repository, 'packages', 'core', 'bin', 'postern.js')
const documentedPort = '13000'

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return address === null || typeof address === 'string' ? documentedPort : String(address.port)
}

/** `npx` takes half a second to find a command; this one finds ours at once, and leaves everything else to the real one. */
const quickNpx = `#!/bin/sh
if [ "$1" = postern ]; then shift; exec "${process.execPath}" "${postern}" "$@"; fi
PATH="\${PATH#*:}" exec npx "$@"
`

export interface ProjectOptions {
  /** Where there is none, the embedded PostgreSQL keeps its data in the project. */
  readonly databaseUrl?: string | undefined
  /** Find commands through npm's own `npx`. */
  readonly realNpx?: boolean
}

/** What a reader has in front of him: an empty folder with a server in one terminal, and a shell in another. */
export class Project {
  #server: ChildProcess | undefined
  #shell: ChildProcess | undefined
  #log = ''
  #blocks = 0

  private constructor(
    readonly folder: string,
    private readonly port: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async open({ databaseUrl, realNpx = false }: ProjectOptions): Promise<Project> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'postern-docs-')))
    const port = await freePort()
    const tools = join(folder, '.tools')
    await mkdir(tools)
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(tools, 'npx'), quickNpx)
    await chmod(join(tools, 'npx'), 0o755)
    const { PATH = '', HOME } = process.env
    return new Project(folder, port, {
      PATH: realNpx ? PATH : `${tools}:${PATH}`,
      APP_PORT: port,
      ...(HOME === undefined ? {} : { HOME }),
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    })
  }

  /** `npm start`, without installing and building. */
  async start(): Promise<void> {
    this.#log = ''
    const server = spawn(process.execPath, [postern, 'start'], { cwd: this.folder, env: this.environment })
    this.#server = server
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => (this.#log += chunk))
    }
    while (server.exitCode === null && !this.#log.includes('What to try next')) await wait(20)
    if (server.exitCode !== null) throw new Error(`The server did not start:\n${this.#log}`)
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined || server.exitCode !== null) return
    server.kill('SIGTERM')
    await once(server, 'exit')
  }

  async write(path: string, text: string): Promise<void> {
    const file = join(this.folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }

  /** Runs commands in the one shell of the project, so that variables live on. @returns what they print @throws Error when one fails */
  async run(commands: string): Promise<string> {
    const shell = (this.#shell ??= spawn('bash', { cwd: this.folder, env: this.environment }))
    const end = `end-of-block-${++this.#blocks}`
    const file = join(this.folder, '.tools', `${end}.sh`)
    await writeFile(file, commands.replaceAll(documentedPort, this.port))
    let output = ''
    const note = (chunk: Buffer): void => void (output += chunk.toString())
    for (const stream of [shell.stdout, shell.stderr]) stream?.on('data', note)
    shell.stdin?.write(`set -eo pipefail; source '${file}' </dev/null; set +e; echo '${end}'\n`)
    while (shell.exitCode === null && !output.includes(end)) await wait(5)
    for (const stream of [shell.stdout, shell.stderr]) stream?.off('data', note)
    const printed = output.replace(end, '').replaceAll(this.port, documentedPort)
    if (shell.exitCode !== null) throw new Error(`The block ended with ${shell.exitCode}:\n${commands}\n${printed}`)
    return printed
  }

  async close(): Promise<void> {
    this.#shell?.kill()
    await this.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

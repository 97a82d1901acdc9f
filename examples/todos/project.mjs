// What a newcomer has: a folder with a `.env`, a server in one terminal, and commands in another.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const postern = join(repository, 'packages', 'core', 'bin', 'postern.js')

/** Nothing that happens to be set outside may change what the walk shows. */
const environment = Object.fromEntries(
  ['PATH', 'HOME', 'TMPDIR', 'SystemRoot'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
)

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A temporary folder that is a project: its settings, and the packages of this checkout. */
export async function openProject(settings) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'postern-todos-')))
  const port = await freePort()
  const project = new Project(folder, port)
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await project.set({ APP_PORT: String(port), STORAGE_DIR: 'storage', ...settings })
  return project
}

class Project {
  #folder
  #settings = {}
  #server
  /** All that the server printed since it was started last. */
  output = ''

  constructor(folder, port) {
    this.#folder = folder
    this.url = `http://127.0.0.1:${port}`
  }

  /** Writes settings into `.env`, where the server and the commands find them. */
  async set(settings) {
    Object.assign(this.#settings, settings)
    const lines = Object.entries(this.#settings).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(join(this.#folder, '.env'), lines.join(''))
  }

  #spawn(words) {
    return spawn(process.execPath, [postern, ...words], { cwd: this.#folder, env: environment })
  }

  /** `npm start`, without installing and building. Done when the server is ready and has said so. */
  async start() {
    this.output = ''
    const server = this.#spawn(['start'])
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => (this.output += chunk))
    }
    this.#server = server
    while (server.exitCode === null && !this.output.includes('What to try next')) await wait(20)
    if (server.exitCode !== null) throw new Error(`The server did not start:\n${this.output}`)
    const { status } = await fetch(`${this.url}/readyz`)
    if (status !== 200) throw new Error(`/readyz answers ${status}`)
  }

  /** SIGTERM, as a supervisor sends it. @returns the exit code */
  async stop() {
    const server = this.#server
    this.#server = undefined
    if (!server || server.exitCode !== null) return server?.exitCode ?? 0
    server.kill('SIGTERM')
    const [code] = await once(server, 'exit')
    return code
  }

  /** `npx postern <words>` beside the running server. */
  async run(...words) {
    const command = this.#spawn(words)
    command.stdin.end()
    const [stdout, stderr, [code]] = await Promise.all([
      text(command.stdout),
      text(command.stderr),
      once(command, 'exit'),
    ])
    return { code, stdout, stderr }
  }

  /** The same with `--json`: what it answers. @throws Error when it fails */
  async json(...words) {
    const { code, stdout, stderr } = await this.run(...words, '--json')
    if (code !== 0) throw new Error(`postern ${words.join(' ')} ended with ${code}:\n${stderr}`)
    return JSON.parse(stdout)
  }

  /** One call of the API. */
  async call(path, { token, body } = {}) {
    const headers = {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    }
    const isRead = body === undefined && /:(list|get|check)\b/.test(path)
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(`${this.url}/api/${path}`, { method: isRead ? 'GET' : 'POST', headers, ...content })
    const raw = await answer.text()
    return { status: answer.status, headers: answer.headers, text: raw, body: JSON.parse(raw) }
  }

  /** Stops what runs and removes the folder. */
  async close() {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

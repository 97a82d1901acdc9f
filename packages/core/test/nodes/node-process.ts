import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/postern.js', import.meta.url))
const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Asks again until it holds. @throws after `limit` milliseconds */
export async function eventually(holds: () => Promise<boolean>, limit = 15_000): Promise<void> {
  const end = Date.now() + limit
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) throw new Error('it did not come true in time')
    await pause(25)
  }
}

export interface NodeProcess {
  readonly url: string
  readonly child: ChildProcess
  /** What it printed so far. */
  readonly output: () => string
  status(resource: string, token?: string): Promise<number>
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

interface NodeOptions {
  readonly databaseUrl: string
  readonly settings?: Readonly<Record<string, string>>
  readonly words?: readonly string[]
  /** `start` unless said otherwise. */
  readonly command?: 'start' | 'dev'
  readonly cwd?: string
}

interface CommandOptions extends NodeOptions {
  /** Gets what kills the process. */
  readonly onStart?: (kill: () => void) => void
}

const environment = (databaseUrl: string, storage: string, settings: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env['PATH'] ?? '',
  DATABASE_URL: databaseUrl,
  STORAGE_DIR: storage,
  APP_KEY: 'Zq8mPx2vLr5tYw9uKd3hNc7bJf4gSa6e',
  INIT_ROOT_PASSWORD: 'a long password',
  LOG_LEVEL: 'warn',
  ...settings,
})

/** Starts a server as an operator would, in a process of its own, and waits until it is ready. */
export async function startNode({
  databaseUrl,
  settings,
  words = [],
  cwd = root,
  command = 'start',
}: NodeOptions): Promise<NodeProcess> {
  const port = await freePort()
  const storage = await mkdtemp(path.join(tmpdir(), 'postern-node-'))
  const child = spawn(process.execPath, [bin, command, ...words], {
    cwd,
    env: { ...environment(databaseUrl, storage, settings), APP_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += String(chunk)))
  child.stderr.on('data', (chunk) => (printed += String(chunk)))
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const url = `http://127.0.0.1:${port}`
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    // A stopped process hears nothing until it goes on.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGCONT')
    child.kill(signal)
    const code = await ended
    await rm(storage, { recursive: true, force: true })
    return code
  }
  const ready = eventually(async () => (await fetch(`${url}/readyz`)).status === 200, 30_000)
  await Promise.race([
    ready,
    ended.then((code) => {
      throw new Error(`the server ended with ${code}:\n${printed}`)
    }),
  ]).catch(async (error: unknown) => {
    await stop('SIGKILL')
    throw error
  })
  const status = async (resource: string, token?: string): Promise<number> =>
    (
      await fetch(`${url}/api/${resource}`, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      })
    ).status
  return { url, child, output: () => printed, status, stop }
}

export interface CommandOutcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command as an operator would. */
export async function runCommand(
  words: readonly string[],
  { databaseUrl, settings, cwd = root, onStart }: CommandOptions,
): Promise<CommandOutcome> {
  const storage = await mkdtemp(path.join(tmpdir(), 'postern-command-'))
  const child = spawn(process.execPath, [bin, ...words], {
    cwd,
    env: environment(databaseUrl, storage, settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onStart?.(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  await rm(storage, { recursive: true, force: true })
  return { code, stdout, stderr }
}

/** Signs root in on a node. */
export async function signInRoot(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/auth:signIn`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ account: 'root', password: 'a long password' }),
  })
  const body: unknown = await answer.json()
  return (body as { data: { token: string } }).data.token
}

/** Calls an action as root, and gives its `data`. */
export async function post(
  url: string,
  action: string,
  token: string,
  body: unknown,
): Promise<{ status: number; data: unknown }> {
  const answer = await fetch(`${url}/api/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  const parsed: unknown = await answer.json()
  return { status: answer.status, data: (parsed as { data: unknown }).data }
}

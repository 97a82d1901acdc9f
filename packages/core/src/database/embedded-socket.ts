import { lstat, mkdtemp, readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { createServer, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { codeOf, embeddedErrors } from './embedded-errors.js'
import type { Place } from './embedded-place.js'
import { isReachable } from './embedded-process.js'
import { giveTo } from './embedded-user.js'

/** Part of the socket's name; in a folder of our own it is nobody else's. */
const socketPort = 5432
const socket = `.s.PGSQL.${socketPort}`
/** Bytes that the kernel allows for the path of a socket. */
const longest = process.platform === 'linux' ? 107 : 103
const temporaryPrefix = 'postern-'
const isWindows = process.platform === 'win32'

/** Where a server listens, and the settings that make it listen there. */
export interface Listening {
  readonly host: string
  readonly port: number
  readonly settings: Readonly<Record<string, string>>
}

const fits = (folder: string) => Buffer.byteLength(join(folder, socket)) <= longest

const recordOf = (place: Place) => join(place.directory, 'socket-directory')

async function recorded(place: Place): Promise<string | undefined> {
  const text = await readFile(recordOf(place), 'utf8').catch(() => '')
  return text.trim() || undefined
}

/** A short folder for a storage whose own path is too long for a socket; written down so that others find it. */
async function makeTemporary(place: Place): Promise<string> {
  const suits = (parent: string) =>
    fits(join(parent, `${temporaryPrefix}xxxxxx`)) && (place.user === undefined || isReachable(parent, place.user))
  const parent = [tmpdir(), '/tmp', '/var/tmp'].find(suits)
  if (parent === undefined) {
    throw embeddedErrors.NO_ACCESS({ directory: place.directory, problem: 'its path is too long for a socket' })
  }
  const folder = await mkdtemp(join(parent, temporaryPrefix))
  await giveTo(place.user, folder)
  const draft = `${recordOf(place)}.new`
  await rm(draft, { force: true })
  await writeFile(draft, folder, { flag: 'wx' })
  await giveTo(place.user, draft)
  await rename(draft, recordOf(place))
  return folder
}

/** Removes a socket that nobody serves, with the lock file whose number another process may have meanwhile. */
export async function clearSocket(folder: string): Promise<void> {
  for (const name of [socket, `${socket}.lock`]) await rm(join(folder, name), { force: true })
}

/** Removes the temporary folder of a server that has stopped. Only what can be nothing else, since root may do this. */
export async function forgetTemporary(place: Place): Promise<void> {
  const folder = await recorded(place)
  if (folder === undefined) return
  await rm(recordOf(place), { force: true })
  const isOurs =
    basename(folder).startsWith(temporaryPrefix) && [tmpdir(), '/tmp', '/var/tmp'].includes(dirname(folder))
  if (
    !isOurs ||
    !(await lstat(folder).then(
      (stats) => stats.isDirectory(),
      () => false,
    ))
  )
    return
  await clearSocket(folder)
  await rmdir(folder).catch(() => undefined)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Where a server that is about to be started shall listen: a private socket, or on Windows a free port of this machine. */
export async function chooseListening(place: Place): Promise<Listening> {
  await forgetTemporary(place)
  if (isWindows) {
    const port = await freePort()
    const settings = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' }
    return { host: '127.0.0.1', port, settings }
  }
  const host = fits(place.run) ? place.run : await makeTemporary(place)
  // As the server's user may be unable to reach the folder by its path, it gets the way from its working directory.
  const isBeside = host === place.run && (await realpath(place.data)) === place.data
  const folder = isBeside ? '../run' : `"${host}"`
  const settings = { listen_addresses: '', unix_socket_directories: folder, unix_socket_permissions: '0600' }
  return { host, port: socketPort, settings: { ...settings, port: String(socketPort) } }
}

/** Where a running server listens; `port` is what its postmaster.pid says. */
export async function whereItListens(place: Place, port: number): Promise<{ host: string; port: number }> {
  if (isWindows) return { host: '127.0.0.1', port }
  return { host: (await recorded(place)) ?? place.run, port: socketPort }
}

/** Whether anybody at all accepts connections on the socket. */
export async function isSocketServed(place: Place): Promise<boolean> {
  if (isWindows) return false
  const path = join((await recorded(place)) ?? place.run, socket)
  return new Promise((resolve) => {
    const socket: Socket = connect(path)
    const finish = (served: boolean) => {
      socket.destroy()
      resolve(served)
    }
    socket.on('connect', () => finish(true))
    socket.on('error', (error) => finish(codeOf(error) === 'EAGAIN'))
  })
}

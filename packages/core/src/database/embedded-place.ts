import { constants } from 'node:fs'
import { mkdir, open, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { codeOf, embeddedErrors, isAccessError, reasonOf } from './embedded-errors.js'
import { isReachable } from './embedded-process.js'
import { giveTreeTo, refuseGift, serverUserOf, type ServerUser } from './embedded-user.js'

/** Where an embedded server lives and as whom it runs. */
export interface Place {
  /** The folder of it all, absolute and without symbolic links. */
  readonly directory: string
  /** PostgreSQL's own data directory. */
  readonly data: string
  readonly log: string
  /** Folder of the socket, as long as its path is short enough for one. */
  readonly run: string
  readonly user: ServerUser | undefined
  /**
   * The data directory as the server is told it. Programs must be started with it as their working directory, because
   * that may be the only way in for the user: see {@link pathForServer}.
   */
  readonly dataForServer: string
  readonly onProgress: (message: string) => void
}

/**
 * A checkout under /root or in a 0700 temporary folder cannot be entered by the user as which the server runs. The
 * kernel does not ask again for the way to a working directory, though, and Node changes into it while it is still root;
 * PostgreSQL stays in it for its whole life. So the data stays in the storage, and nobody's rights are changed.
 */
function pathForServer(directory: string, data: string, user: ServerUser | undefined): string {
  if (user === undefined || isReachable(join(directory, '..'), user)) return data
  if (process.platform === 'linux') return '/proc/self/cwd'
  throw embeddedErrors.UNREACHABLE({ user: user.name, path: directory })
}

/** Opened first and without following a link: the parent belongs to the server's user, and root must not be led astray. */
async function secureFolder(path: string, user: ServerUser | undefined): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    const { mode, uid, gid } = await handle.stat()
    if ((mode & 0o777) !== 0o700) await handle.chmod(0o700)
    if (user === undefined || (uid === user.uid && gid === user.gid)) return
    await handle.chown(user.uid, user.gid).catch((error: unknown) => refuseGift(user, path, error))
  } finally {
    await handle.close()
  }
}

async function makeFolder(path: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (process.platform !== 'win32') await secureFolder(path, user)
}

async function makeFolders(path: string, onProgress: (message: string) => void): Promise<Place> {
  // The folders above it, unlike its own, get the usual mode: the storage holds other things too.
  await mkdir(join(path, '..'), { recursive: true })
  await mkdir(path, { recursive: true, mode: 0o700 })
  const directory = await realpath(path)
  const user = await serverUserOf(directory, onProgress)
  await makeFolder(directory, user)
  for (const name of ['locks', 'users', 'run']) await makeFolder(join(directory, name), user)
  const data = join(directory, 'data')
  const dataForServer = pathForServer(directory, data, user)
  const run = join(directory, 'run')
  return { directory, data, run, log: join(directory, 'postgres.log'), user, dataForServer, onProgress }
}

/**
 * Makes the folders, gives them to the server's user, and finds out how the server can reach them.
 *
 * @throws EMBEDDED_NO_ACCESS · EMBEDDED_CANNOT_SWITCH_USER · EMBEDDED_UNREACHABLE
 */
export async function preparePlace(path: string, onProgress: (message: string) => void): Promise<Place> {
  const directory = resolve(path)
  try {
    return await makeFolders(directory, onProgress)
  } catch (error) {
    if (!isAccessError(error) && !['ENOTDIR', 'EEXIST', 'ELOOP', 'ENOSPC'].includes(codeOf(error) ?? '')) throw error
    throw embeddedErrors.NO_ACCESS({ directory, problem: reasonOf(error) }, error)
  }
}

/** Gives data that belongs to root (a backup that root copied back) to the server's user. */
export async function adoptOwnership({ user, data }: Place): Promise<void> {
  if (user !== undefined && (await stat(data)).uid === 0) await giveTreeTo(user, data)
}

/** Makes the names in a folder survive a power failure; a system that cannot do that (Windows) is left in peace. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

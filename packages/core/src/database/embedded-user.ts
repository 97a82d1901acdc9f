import { execFile } from 'node:child_process'
import { lchown, lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf, embeddedErrors, reasonOf } from './embedded-errors.js'

const run = promisify(execFile)

/** The system user as which the server runs when Postern runs as root, which PostgreSQL refuses. */
export interface ServerUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const preferred = ['postgres', '_postgres', 'postern']
const useradd = ['/usr/sbin/useradd', '/sbin/useradd', '/usr/bin/useradd']

async function namedUsers(): Promise<ServerUser[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => Number.isInteger(uid) && Number.isInteger(gid) && uid !== 0)
}

async function addUser(): Promise<boolean> {
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent']
  for (const program of useradd) {
    const added = await run(program, [...options, '--shell', '/usr/sbin/nologin', 'postern']).then(
      () => true,
      () => false,
    )
    if (added) return true
  }
  return false
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(path)
    return uid === 0 ? undefined : { uid, gid }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function chooseUser(onProgress: (message: string) => void): Promise<ServerUser> {
  const find = async (names: readonly string[]) => {
    const users = await namedUsers()
    return names.map((name) => users.find((user) => user.name === name)).find((user) => user !== undefined)
  }
  const present = await find(preferred)
  if (present !== undefined) return present
  if (await addUser()) onProgress('Made the system user "postern", as which PostgreSQL runs')
  // Another process may have made it at the same moment, so look in any case.
  const made = await find(['postern', 'nobody'])
  if (made !== undefined) return made
  throw embeddedErrors.CANNOT_SWITCH_USER({ problem: 'there is no system user for it, and none could be made' })
}

/**
 * As whom the server of this folder has to run; undefined means as whoever we are. Whoever owns the data keeps it, so
 * that a storage made by a user still works when root starts it once, and afterwards for the user again.
 *
 * @throws EMBEDDED_CANNOT_SWITCH_USER when root finds nobody to switch to
 */
export async function serverUserOf(
  directory: string,
  onProgress: (message: string) => void,
): Promise<ServerUser | undefined> {
  if (process.geteuid?.() !== 0) return undefined
  const users = await namedUsers()
  const dataOwner = await ownerOf(join(directory, 'data'))
  if (dataOwner !== undefined) {
    const name = users.find((user) => user.uid === dataOwner.uid)?.name ?? String(dataOwner.uid)
    return { name, ...dataOwner }
  }
  const folderOwner = await ownerOf(directory)
  return users.find((user) => user.uid === folderOwner?.uid) ?? (await chooseUser(onProgress))
}

/** Turns the failure to give a file away (no such right in a container, a network drive) into what to do about it. */
export function refuseGift(user: ServerUser, path: string, error: unknown): never {
  const problem = `${path} cannot be given to "${user.name}" (${reasonOf(error)})`
  throw embeddedErrors.CANNOT_SWITCH_USER({ problem }, error)
}

/** Makes the user the owner of a file or folder (without what is in it). Nothing to do where no user is switched to. */
export async function giveTo(user: ServerUser | undefined, path: string): Promise<void> {
  if (user === undefined) return
  const stats = await lstat(path)
  if (stats.uid === user.uid && stats.gid === user.gid) return
  await lchown(path, user.uid, user.gid).catch((error: unknown) => refuseGift(user, path, error))
}

/** The same for a folder with all that is in it, e.g. a storage that root copied back from a backup. */
export async function giveTreeTo(user: ServerUser | undefined, path: string): Promise<void> {
  if (user === undefined) return
  await giveTo(user, path)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    await (entry.isDirectory() ? giveTreeTo(user, inner) : giveTo(user, inner))
  }
}

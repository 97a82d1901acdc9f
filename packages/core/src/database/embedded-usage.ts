import { randomUUID } from 'node:crypto'
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identityOf, isAlive } from './embedded-process.js'

/** One process's use of the server. All of this is called under the lock. */
export interface Usage {
  end(): Promise<void>
}

const folderOf = (directory: string) => join(directory, 'users')

/** Writes down that this process uses the server, once for each call. */
export async function beginUsage(directory: string): Promise<Usage> {
  const path = join(folderOf(directory), `${process.pid}-${randomUUID()}`)
  await writeFile(path, identityOf(process.pid))
  await chmod(path, 0o644)
  return { end: () => rm(path, { force: true }) }
}

/** Whether any living process uses the server; clears away what dead ones left. */
export async function isInUse(directory: string): Promise<boolean> {
  const folder = folderOf(directory)
  let used = false
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (isAlive(await readFile(path, 'utf8').catch(() => ''))) used = true
    else await rm(path, { force: true })
  }
  return used
}

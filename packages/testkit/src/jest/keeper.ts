// A process beside jest that holds the servers' side of a run: it starts the embedded PostgreSQL, and clears everything
// away when jest lets go of it, in whatever way jest ends. Nothing can be left behind by a test, a Ctrl-C or a kill.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '@postern/core'
import { administer, databasesNamed, dropDatabase } from '../administration.js'
import { databasePrefix } from '../database-names.js'
import { announcedPostgresql } from './environment.js'

/** Nothing has to survive the machine, so nothing waits for the disk. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Whoever is not its superuser may not drop a database in which it happens to work.
  autovacuum: 'off',
}

async function dropDatabases(run: string): Promise<void> {
  const url = announcedPostgresql()
  if (url === undefined) return
  await administer(url, async (sql) => {
    for (const name of await databasesNamed(sql, databasePrefix(run))) await dropDatabase(sql, name)
  })
}

const complain = (error: unknown): void => {
  process.exitCode = 1
  process.stderr.write(`testkit could not clear everything away: ${String(error)}\n`)
}

async function keep(run: string): Promise<void> {
  const released = new Promise((resolve) => process.once('disconnect', resolve))
  const directory = await mkdtemp(join(tmpdir(), 'postern-test-'))
  try {
    const server = await openEmbedded({ directory: join(directory, 'postgres'), settings })
    // Whoever started us may have gone meanwhile; then there is nobody to tell, and nothing to wait for.
    if (process.connected) process.send?.({ url: server.url })
    await released
    await Promise.all([dropDatabases(run).catch(complain), server.release().catch(complain)])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

keep(process.argv[2] ?? '').catch((error: unknown) => {
  process.exitCode = 1
  if (process.connected) process.send?.({ failed: error instanceof Error ? error.message : String(error) })
  if (process.connected) process.disconnect()
})

import {
  administer,
  databasesNamed,
  dropDatabase,
  makeDatabase,
  renameDatabase,
  withDatabase,
  type Run,
} from './administration.js'
import { newDatabaseName, templateName } from './database-names.js'
import { announcedRun, chosenServer, type ServerKind } from './jest/environment.js'
import { fillTemplate } from './template.js'

/** A database of a test's own. */
export interface TestDatabase {
  readonly name: string
  /** For `DATABASE_URL`. */
  readonly url: string
  /** Which of the two servers it is on. */
  readonly server: ServerKind
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>
}

export interface DatabaseOptions {
  /** A copy of a database in which a server without plugins has started once, which is quicker than starting in an empty one. */
  readonly started?: boolean
}

/** The number of the lock under which the workers of a run make their template. */
const templateLock = 7_367_900

interface Server {
  readonly kind: ServerKind
  readonly url: string
  readonly run: string
}

function currentServer(): Server {
  const run = announcedRun()
  if (run === undefined) {
    throw new Error(
      'No test database: jest must run the global set-up of testkit. In the configuration of jest say ' +
        "globalSetup: '@postern/testkit/jest/global-setup' and globalTeardown: '@postern/testkit/jest/global-teardown'.",
    )
  }
  const kind = chosenServer()
  const url = run[kind]
  if (url === undefined) throw new Error('This suite wants a real PostgreSQL, and none was found when the run began.')
  return { kind, url, run: run.id }
}

/** Makes the template once in a run; the other workers wait for it. It has its name only when it is complete. */
async function ensureTemplate({ url, run }: Server, sql: Run): Promise<string> {
  const name = templateName(run)
  const isThere = async (): Promise<boolean> => (await databasesNamed(sql, name)).includes(name)
  if (await isThere()) return name
  await sql('SELECT pg_advisory_lock($1)', [templateLock])
  try {
    if (await isThere()) return name
    const draft = newDatabaseName(run)
    await makeDatabase(sql, draft)
    await fillTemplate(withDatabase(url, draft))
    await renameDatabase(sql, draft, name)
    return name
  } finally {
    await sql('SELECT pg_advisory_unlock($1)', [templateLock])
  }
}

/**
 * Makes a database on the server that the suite runs on: empty, or a copy of a started one. What is not dropped goes with
 * the run.
 *
 * @example
 * const database = await createDatabase()
 * // … DATABASE_URL: database.url …
 * await database.drop()
 */
export async function createDatabase({ started = false }: DatabaseOptions = {}): Promise<TestDatabase> {
  const server = currentServer()
  const name = newDatabaseName(server.run)
  await administer(server.url, async (sql) => {
    await makeDatabase(sql, name, started ? await ensureTemplate(server, sql) : undefined)
  })
  return {
    name,
    url: withDatabase(server.url, name),
    server: server.kind,
    drop: () => administer(server.url, (sql) => dropDatabase(sql, name)),
  }
}

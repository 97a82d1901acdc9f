import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import pg from 'pg'
import { projectFolder, type ProjectFolder } from '../authors/project-folder.js'
import { eventually, post, runCommand, signInRoot, startNode, type NodeProcess } from './node-process.js'
import { StatementProxy, type Fate } from './statement-proxy.js'

let project: ProjectFolder
let database: TestDatabase
let client: pg.Client
/** A server that is not killed, on the same database. */
let second: NodeProcess
let root: string
const sql = async (text: string) => (await client.query<Record<string, unknown>>(text)).rows

const migration = (name: string): string =>
  `defineMigration({ name: '${name}', up: async ({ run }) => {
     await run({ text: \`INSERT INTO parcels (title, "createdAt", "updatedAt") VALUES ('${name}', now(), now())\`, values: [] }) } })`

/** Version 2 brings a migration more, which changes the table. */
async function write(version: 1 | 2): Promise<void> {
  const manifest = { name: 'postern-plugin-parcel', version: `${version}.0.0`, type: 'module', main: 'src/index.ts' }
  await project.write('plugins/parcel/package.json', JSON.stringify(manifest))
  const names = version === 1 ? ['first', 'second'] : ['first', 'second', 'third', 'fourth']
  await project.write(
    'plugins/parcel/src/index.ts',
    `import { defineAction, defineCollection, defineMigration, definePlugin, f } from '@postern/core'
     const parcels = defineCollection('parcels', { title: f.string()${version === 1 ? '' : ', weight: f.integer().maybe()'} })
     export default definePlugin({
       name: 'parcel', version: '${version}.0.0', collections: [parcels], migrations: [${names.map(migration).join(', ')}],
       install: async ({ db }) => { await db.repository(parcels).create({ title: 'installed' }) },
       uninstall: async ({ db }) => { await db.repository(parcels).destroy({ filter: { title: 'installed' } }) },
       async setup({ acl, db, resources }) {
         const known = await db.repository(parcels).count()
         acl.grant('anonymous', 'parcels', ['version'])
         return resources.define('parcels', {
           version: defineAction({ summary: 'x', reads: true, run: () => ({ version: ${version}, known }) }) })
       } })`,
  )
}

/** Everything of the plugin that is in the database. */
async function stored(): Promise<unknown> {
  const [row] = await sql(`SELECT enabled, version, installed, error FROM postern.plugins WHERE name = 'parcel'`)
  const [there] = await sql(`SELECT to_regclass('public.parcels') IS NOT NULL AS "is"`)
  const columns = await sql(
    `SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('public.parcels') AND attnum > 0 ORDER BY 1`,
  )
  const titles = there?.['is'] === true ? await sql('SELECT title FROM parcels ORDER BY title') : []
  const migrations = await sql(`SELECT name FROM postern.migrations WHERE owner = 'parcel' ORDER BY name`)
  const done = await sql(
    `SELECT action FROM postern.plugin_history WHERE plugin = 'parcel' AND result = 'done' ORDER BY id`,
  )
  return { row: row ?? null, columns, titles, migrations, done }
}

/** What the other server serves: the version of the plugin, or undefined where it is off. */
async function served(): Promise<number | undefined> {
  const answer = await fetch(`${second.url}/api/parcels:version`)
  if (answer.status === 404) return undefined
  const body = (await answer.json()) as { data: { version: number } }
  return body.data.version
}
async function isInStep(): Promise<boolean> {
  const [row] = await sql(`SELECT enabled, version FROM postern.plugins WHERE name = 'parcel'`)
  const wanted = row?.['enabled'] === true ? Number.parseInt(String(row['version']), 10) : undefined
  return (await served()) === wanted
}

/** On the server that lives, which is quicker than a command. */
async function toggle(action: 'enable' | 'disable'): Promise<void> {
  const { status, data } = await post(second.url, `plugins:${action}/parcel`, root, {})
  expect({ action, status, data }).toMatchObject({ status: 200, data: { state: `${action}d` } })
}

/** Off, and without a trace. */
async function forget(): Promise<void> {
  await toggle('disable')
  await sql('DROP TABLE IF EXISTS parcels')
  for (const [table, column] of [
    ['plugins', 'name'],
    ['migrations', 'owner'],
    ['plugin_history', 'plugin'],
  ])
    await sql(`DELETE FROM postern.${table} WHERE ${column} = 'parcel'`)
}

interface Operation {
  readonly words: readonly string[]
  readonly prepare: () => Promise<void>
  /** The same once more, after it was killed. */
  readonly again: () => Promise<void>
}
const isOn = async (): Promise<void> => {
  await write(1)
  await toggle('enable')
}
const operations: Readonly<Record<string, Operation>> = {
  enable: { words: ['plugin', 'enable', 'parcel'], prepare: () => write(1), again: () => toggle('enable') },
  disable: { words: ['plugin', 'disable', 'parcel'], prepare: isOn, again: () => toggle('disable') },
  'enable with a new version': {
    words: ['plugin', 'enable', 'parcel'],
    prepare: async () => {
      await isOn()
      await toggle('disable')
      await write(2)
    },
    again: () => toggle('enable'),
  },
  migrate: {
    words: ['migrate', 'up'],
    prepare: async () => {
      await isOn()
      await write(2)
    },
    again: async () => {
      const { code } = await runCommand(['migrate', 'up'], { databaseUrl: database.url, cwd: project.folder })
      expect(code).toBe(0)
    },
  },
}

beforeAll(async () => {
  project = await projectFolder()
  database = await createDatabase()
  client = new pg.Client(database.url)
  await client.connect()
  await write(1)
  second = await startNode({ databaseUrl: database.url, cwd: project.folder })
  root = await signInRoot(second.url)
}, 60_000)
afterAll(async () => {
  await second?.stop()
  await client?.end()
  await database?.drop()
  await project?.remove()
}, 60_000)

/** Where in the work of an operation the process is killed: before its n-th statement, or right after its COMMIT was sent. */
interface Kill {
  readonly at: number
  readonly after?: boolean
}

const isLock = (statement: string): boolean => statement.includes('pg_advisory_xact_lock')
/** A command that opens the server takes as many before its own: for the server's tables, and for those of built-in plugins. */
const earlierLocks = 3

/** Runs a command, and kills it. @returns the statements from its own lock on, as far as it came */
async function runAndKill(words: readonly string[], { at, after = false }: Kill): Promise<string[]> {
  const seen: string[] = []
  let locks = 0
  let kill = (): void => undefined
  const fateOf = (statement: string): Fate => {
    if (isLock(statement)) locks += 1
    if (locks <= earlierLocks || seen.push(statement) !== at) return 'forward'
    // What is forwarded is on its way before the signal arrives.
    setImmediate(kill)
    return after ? 'forward' : 'drop'
  }
  const proxy = await StatementProxy.open(database.url, fateOf)
  await runCommand(words, { databaseUrl: proxy.url, cwd: project.folder, onStart: (end) => (kill = end) })
  await proxy.close()
  // Afterwards it only asks who else is there, and looks around.
  return seen.slice(0, seen.indexOf('COMMIT') + 2)
}

describe.each(Object.entries(operations))(
  'kill -9 of a command at each statement of: %s',
  (_name, { words, prepare, again }) => {
    it('ends as it was or as it was wanted, everywhere, and the next try works', async () => {
      await forget()
      await prepare()
      const before = await stored()
      const statements = await runAndKill(words, { at: Infinity })
      const after = await stored()
      expect(after).not.toEqual(before)
      expect(await isInStep()).toBe(true)
      const kills: Kill[] = statements.map((_text, index) => ({ at: index + 1 }))
      kills.push({ at: statements.indexOf('COMMIT') + 1, after: true })
      expect(statements.length).toBeGreaterThan(6)
      for (const kill of kills) {
        await forget()
        await prepare()
        await runAndKill(words, kill)
        // PostgreSQL ends what the dead one has begun; who takes the lock sees the end of it.
        await sql('SELECT pg_advisory_lock(7367002), pg_advisory_unlock(7367002)')
        const outcome = { kill, statement: statements[kill.at - 1], state: await stored() }
        expect([before, after]).toContainEqual(outcome.state)
        await eventually(isInStep, 5000)
        await again()
        expect({ ...outcome, state: await stored() }).toEqual({ ...outcome, state: after })
        await eventually(isInStep, 5000)
      }
    }, 600_000)
  },
)

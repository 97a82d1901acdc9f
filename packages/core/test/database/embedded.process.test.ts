import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { Sequelize } from 'sequelize'
import { openEmbedded, postgresVersionOf } from '../../src/database/embedded.js'
import { isRunning, postmasterOf, query, quick, useEmbedded } from './embedded-harness.js'

const { directory, open, stopped } = useEmbedded()

describe('a new embedded PostgreSQL', () => {
  it('is made, started and answers pg and Sequelize under its URL', async () => {
    const server = await open(await directory())
    expect(server.adopted).toBe(false)
    expect(await query(server.url, 'SELECT current_user AS me, current_database() AS db')).toEqual([
      { me: 'postern', db: 'postern' },
    ])
    const sequelize = new Sequelize(server.url, { logging: false })
    const [rows] = await sequelize.query('SELECT current_database() AS db')
    await sequelize.close()
    expect(rows).toEqual([{ db: 'postern' }])
  })

  it('tells each step to whoever wants to hear it', async () => {
    const said: string[] = []
    const server = await openEmbedded({
      directory: await directory(),
      settings: quick,
      onProgress: (message) => said.push(message),
    })
    await server.release()
    expect(said).toEqual([
      'Creating the database cluster …',
      expect.stringMatching(/^Starting PostgreSQL \d+ …$/),
      'Stopping PostgreSQL …',
    ])
  })

  it('compares and sorts text by Unicode', async () => {
    const server = await open(await stopped())
    const sql = `SELECT pg_encoding_to_char(encoding) AS encoding, 'ÄÖ' ILIKE 'äö' AS alike, lower('ŽÉ') AS lower,
                 array(SELECT unnest(array['b', 'é', 'a', 'B']) ORDER BY 1) AS sorted
                 FROM pg_database WHERE datname = current_database()`
    expect(await query(server.url, sql)).toEqual([
      { encoding: 'UTF8', alike: true, lower: 'žé', sorted: ['B', 'a', 'b', 'é'] },
    ])
  })

  it('writes safely unless it is told otherwise', async () => {
    const server = await open(await stopped(), {})
    const sql = `SELECT name, setting FROM pg_settings
                 WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums') ORDER BY 1`
    expect((await query<{ setting: string }>(server.url, sql)).map(({ setting }) => setting)).toEqual([
      'on',
      'on',
      'on',
      'on',
    ])
  })

  it('listens on no port at all, only on a socket in a folder that is closed to others', async () => {
    const server = await open(await stopped())
    expect(await query(server.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }])
    expect(statSync(server.connection.host).mode & 0o077).toBe(0)
    expect(statSync(join(server.connection.host, '.s.PGSQL.5432')).mode & 0o077).toBe(0)
  })

  it('wants its password even there', async () => {
    const server = await open(await stopped())
    const wrong = server.url.replace(server.connection.password, 'guessed')
    await expect(query(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
  })

  it('gives the application a role that owns its database, may make databases, and is no superuser', async () => {
    const server = await open(await stopped())
    const sql = `SELECT rolsuper, rolcreatedb, pg_get_userbyid(datdba) AS owner
                 FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`
    expect(await query(server.url, sql)).toEqual([{ rolsuper: false, rolcreatedb: true, owner: 'postern' }])
    await expect(query(server.url, `COPY (SELECT 1) TO PROGRAM 'true'`)).rejects.toMatchObject({ code: '42501' })
  })
})

describe('an embedded PostgreSQL that was stopped', () => {
  it('comes back with its data', async () => {
    const place = await stopped()
    const first = await open(place)
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS number')
    await first.release()
    const second = await open(place)
    expect(second.adopted).toBe(false)
    expect(second.url).toBe(first.url)
    expect(await query(second.url, 'SELECT number FROM kept')).toEqual([{ number: 7 }])
  })

  it('makes its database again when somebody dropped it', async () => {
    const place = await stopped()
    const first = await open(place)
    await query(first.url.replace('/postern?', '/postgres?'), 'DROP DATABASE postern')
    await first.release()
    const second = await open(place)
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('leaves no process, no socket and no user behind', async () => {
    const place = await stopped()
    const server = await open(place)
    const postmaster = postmasterOf(place)
    await server.release()
    expect(isRunning(postmaster)).toBe(false)
    expect(await readdir(join(place, 'run'))).toEqual([])
    expect(await readdir(join(place, 'users'))).toEqual([])
  })

  it('tells which version made it', async () => {
    expect(await postgresVersionOf(await directory())).toBeUndefined()
    expect(await postgresVersionOf(await stopped())).toBe(18)
  })
})

describe('several users in one process', () => {
  it('share the server; the last to release it stops it, and releasing twice counts once', async () => {
    const place = await stopped()
    const [first, second] = await Promise.all([open(place), open(place)])
    expect([first.adopted, second.adopted].sort()).toEqual([false, true])
    await Promise.all([first.release(), first.release()])
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    const postmaster = postmasterOf(place)
    await second.release()
    expect(isRunning(postmaster)).toBe(false)
  })
})

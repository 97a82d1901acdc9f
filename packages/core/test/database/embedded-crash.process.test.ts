import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { isRunning, killHard, postmasterOf, query, quick, until, useEmbedded } from './embedded-harness.js'

const { directory, open, client, stopped } = useEmbedded()

const drafts = (place: string) =>
  (existsSync(place) ? readdirSync(place) : []).filter((name) => name.startsWith('initial-'))

describe('making the cluster', () => {
  it.each([1, 2, 3])('begins anew after it was killed in the middle (%i)', async (round) => {
    const place = await directory()
    const killed = client(place)
    // Killed a bit further on each time: at the folder, among the files, at the end.
    const depth = ['', 'PG_VERSION', 'base/1/PG_VERSION'][round - 1] ?? ''
    await until(() => drafts(place).some((name) => existsSync(join(place, name, 'data', depth))))
    await killed.kill()
    expect(existsSync(join(place, 'data'))).toBe(false)
    const next = await open(place)
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await next.release()
    await (await open(place)).release()
    expect(drafts(place)).toEqual([])
  })
})

describe('a postmaster that was killed', () => {
  it('is started again and has every committed row', async () => {
    const place = await stopped()
    const server = await open(place, {})
    await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS number')
    await killHard(postmasterOf(place))
    const next = await open(place, {})
    expect(next.adopted).toBe(false)
    expect(await query(next.url, 'SELECT number FROM kept')).toEqual([{ number: 7 }])
    await Promise.all([server.release(), next.release()])
  })

  it('is started again although one of its sessions still works', async () => {
    const place = await stopped()
    const server = await open(place)
    const busy = new pg.Client(server.url)
    busy.on('error', () => undefined)
    await busy.connect()
    const { rows } = await busy.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    // Nothing in this loop looks whether the postmaster is alive.
    const loop = busy.query('DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$').catch(() => undefined)
    await killHard(postmasterOf(place))
    const next = await open(place)
    expect(isRunning(rows[0]?.pid ?? 0)).toBe(false)
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await loop
  })
})

describe('a postmaster that runs', () => {
  it('but does not answer is replaced when nobody else uses it', async () => {
    const place = await stopped()
    const killed = client(place)
    await killed.opened()
    await killed.kill()
    const halted = postmasterOf(place)
    process.kill(halted, 'SIGSTOP')
    const next = await open(place)
    expect(next.adopted).toBe(false)
    expect(isRunning(halted)).toBe(false)
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('503 EMBEDDED_NOT_ANSWERING and is left alone when others use it', async () => {
    const place = await stopped()
    const server = await open(place)
    const halted = postmasterOf(place)
    process.kill(halted, 'SIGSTOP')
    await expect(open(place)).rejects.toMatchObject({ code: 'EMBEDDED_NOT_ANSWERING' })
    process.kill(halted, 'SIGCONT')
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('is adopted even when all its connections are taken', async () => {
    const place = await stopped()
    const server = await open(place, { ...quick, max_connections: '5', superuser_reserved_connections: '2' })
    const taken = await Promise.all(
      [1, 2, 3].map(async () => {
        const each = new pg.Client(server.url)
        await each.connect()
        return each
      }),
    )
    await expect(query(server.url, 'SELECT 1')).rejects.toMatchObject({ code: '53300' })
    const second = await open(place)
    expect(second.adopted).toBe(true)
    await Promise.all(taken.map((each) => each.end()))
  })

  it('and was told to stop, but is kept by a connection, is replaced', async () => {
    const place = await stopped()
    const killed = client(place)
    const { url } = await killed.opened()
    await killed.kill()
    const kept = new pg.Client(url)
    kept.on('error', () => undefined)
    await kept.connect()
    process.kill(postmasterOf(place), 'SIGTERM')
    const next = await open(place)
    expect(next.adopted).toBe(false)
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('and was told to stop is waited for', async () => {
    const place = await stopped()
    const killed = client(place)
    await killed.opened()
    await killed.kill()
    process.kill(postmasterOf(place), 'SIGINT')
    const next = await open(place)
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

describe('what a dead server left', () => {
  /** A process of the server's own user, which PostgreSQL is allowed to signal and so believes to be a server. */
  const withStranger = async (place: string, work: (pid: number) => Promise<void>) => {
    const { uid, gid } = statSync(join(place, 'data'))
    const other = spawn('sleep', ['60'], { uid, gid })
    try {
      await work(other.pid ?? 0)
      expect(isRunning(other.pid ?? 0)).toBe(true)
    } finally {
      other.kill('SIGKILL')
      await once(other, 'close')
    }
  }

  const withData = async () => {
    const place = await stopped()
    const first = await open(place)
    const path = join(place, 'data', 'postmaster.pid')
    const lines = readFileSync(path, 'utf8').split('\n')
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS number')
    await first.release()
    return { place, leave: (pid: number) => writeFileSync(path, [pid, ...lines.slice(1)].join('\n')) }
  }

  const expectData = async (place: string) => {
    const server = await open(place)
    expect(server.adopted).toBe(false)
    expect(await query(server.url, 'SELECT number FROM kept')).toEqual([{ number: 7 }])
    await server.release()
  }

  it('a postmaster.pid whose number belongs to another process is not taken for a server', async () => {
    const { place, leave } = await withData()
    await withStranger(place, async (pid) => {
      leave(pid)
      await expectData(place)
    })
  })

  it('nor one whose number belongs to the PostgreSQL of another folder', async () => {
    const elsewhere = await stopped()
    await open(elsewhere)
    const { place, leave } = await withData()
    leave(postmasterOf(elsewhere))
    await expectData(place)
    expect(isRunning(postmasterOf(elsewhere))).toBe(true)
  })

  it.each(['4194303\n/nowhere\n', 'nonsense\n', ''])('nor one that names nobody: %j', async (content) => {
    const { place } = await withData()
    writeFileSync(join(place, 'data', 'postmaster.pid'), content)
    await expectData(place)
  })

  it('a socket and its lock are no obstacle', async () => {
    const { place } = await withData()
    await withStranger(place, async (pid) => {
      writeFileSync(join(place, 'run', '.s.PGSQL.5432'), '')
      writeFileSync(join(place, 'run', '.s.PGSQL.5432.lock'), `${pid}\n${join(place, 'data')}\n0\n5432\n../run\n`)
      await expectData(place)
    })
  })
})

describe('a socket that somebody else serves', () => {
  it('503 EMBEDDED_USED_ELSEWHERE: the storage is open in another container', async () => {
    const place = await stopped()
    const server = createServer().listen(join(place, 'run', '.s.PGSQL.5432'))
    await once(server, 'listening')
    await expect(open(place)).rejects.toMatchObject({ code: 'EMBEDDED_USED_ELSEWHERE' })
    server.close()
    await (await open(place)).release()
  })
})

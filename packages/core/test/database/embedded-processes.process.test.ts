import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { withLock } from '../../src/database/embedded-lock.js'
import { identityOf, isAlive } from '../../src/database/embedded-process.js'
import { isRunning, postmasterOf, query, until, useEmbedded } from './embedded-harness.js'

const { directory, open, client, stopped } = useEmbedded()
const quiet = () => undefined

describe('two processes', () => {
  it('that open a new folder at the same moment get the same server', async () => {
    const place = await directory()
    const clients = [client(place), client(place), client(place)]
    const opened = await Promise.all(clients.map((each) => each.opened()))
    expect(opened.map(({ adopted }) => adopted).sort()).toEqual([false, true, true])
    expect(new Set(opened.map(({ url }) => url)).size).toBe(1)
    const postmaster = postmasterOf(place)
    await Promise.all(clients.map((each) => each.release()))
    expect(isRunning(postmaster)).toBe(false)
  })

  it('share a server that outlives the one that started it, and the last one stops it', async () => {
    const place = await stopped()
    const command = client(place)
    await command.opened()
    const server = client(place)
    expect(await server.opened()).toMatchObject({ adopted: true })
    const postmaster = postmasterOf(place)
    await command.release()
    expect(isRunning(postmaster)).toBe(true)
    await server.release()
    expect(isRunning(postmaster)).toBe(false)
  })

  it('open and release in any order without ever being left with a stopped server', async () => {
    const place = await stopped()
    const visit = async () => {
      for (let round = 0; round < 4; round++) {
        const visitor = client(place)
        const { url } = await visitor.opened()
        expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
        await visitor.release()
      }
    }
    await Promise.all([visit(), visit(), visit()])
    expect(await readdir(join(place, 'users'))).toEqual([])
  })
})

describe('a process that was killed', () => {
  it('leaves the server running; the next one takes it over and stops it at its end', async () => {
    const place = await stopped()
    const killed = client(place)
    const { url } = await killed.opened()
    await query(url, 'CREATE TABLE kept AS SELECT 7 AS number')
    const postmaster = postmasterOf(place)
    await killed.kill()
    expect(isRunning(postmaster)).toBe(true)
    const next = await open(place)
    expect(next.adopted).toBe(true)
    expect(postmasterOf(place)).toBe(postmaster)
    expect(await query(next.url, 'SELECT number FROM kept')).toEqual([{ number: 7 }])
    await next.release()
    expect(isRunning(postmaster)).toBe(false)
  })

  it('does not count as a user any more', async () => {
    const place = await stopped()
    const survivor = await open(place)
    const killed = client(place)
    await killed.opened()
    await killed.kill()
    const postmaster = postmasterOf(place)
    await survivor.release()
    expect(isRunning(postmaster)).toBe(false)
  })

  it('does not count as a user when its number belongs to another process meanwhile', async () => {
    const place = await stopped()
    const server = await open(place)
    const other = spawn('sleep', ['60'])
    try {
      const number = String(other.pid)
      writeFileSync(join(place, 'users', `${number}-old`), identityOf(other.pid ?? 0).replace(/ \d+ /, ' 1 '))
      const postmaster = postmasterOf(place)
      await server.release()
      expect(isRunning(postmaster)).toBe(false)
    } finally {
      other.kill('SIGKILL')
    }
  })

  it('while it held the lock holds nobody up', async () => {
    const place = await stopped()
    const killed = client(place)
    await killed.until(({ progress }) => (String(progress).startsWith('Starting') ? true : undefined))
    await killed.kill()
    const next = await open(place)
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

describe('Ctrl-C in the terminal', () => {
  it('ends Node but not the server, which has a session of its own', async () => {
    const place = await stopped()
    const server = await open(place)
    const stat = readFileSync(`/proc/${postmasterOf(place)}/stat`, 'utf8')
    const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // What the terminal signals is the process group of Node, and its session is what ends with the terminal.
    expect([group, session]).toEqual([String(postmasterOf(place)), String(postmasterOf(place))])
    await server.release()
  })
})

describe('a storage that is deleted under the server', () => {
  it('takes the server with it at the release', async () => {
    const place = await stopped()
    const server = await open(place)
    const postmaster = postmasterOf(place)
    await rm(place, { recursive: true, force: true, maxRetries: 20 })
    await server.release()
    await until(() => !isRunning(postmaster))
  })
})

describe('the lock', () => {
  const prepared = async () => {
    const place = await directory()
    mkdirSync(join(place, 'locks'), { recursive: true })
    return place
  }

  it('lets one in at a time', async () => {
    const place = await prepared()
    let inside = 0
    const most: number[] = []
    const work = async () => {
      most.push(++inside)
      await new Promise((go) => setTimeout(go, 2))
      inside--
    }
    await Promise.all(Array.from({ length: 30 }, () => withLock(place, quiet, work)))
    expect(most).toEqual(Array.from({ length: 30 }, () => 1))
  })

  it('is given back when the work fails', async () => {
    const place = await prepared()
    const fail = withLock(place, quiet, () => Promise.reject(new Error('no')))
    await expect(fail).rejects.toThrow('no')
    expect(await withLock(place, quiet, () => Promise.resolve('in'))).toBe('in')
  })

  it('is not held by an empty or foreign file, and keeps few files', async () => {
    const place = await prepared()
    writeFileSync(join(place, 'locks', 'turn-41'), '')
    writeFileSync(join(place, 'locks', 'turn-40.draft'), 'x')
    for (let round = 0; round < 20; round++) await withLock(place, quiet, () => Promise.resolve())
    const names = await readdir(join(place, 'locks'))
    expect(names).toContain('turn-61')
    expect(names.length).toBeLessThan(10)
  })

  it('names its holder by more than a number', () => {
    const own = identityOf(process.pid)
    expect(isAlive(own)).toBe(true)
    expect(isAlive(own.replace(/ \d+ /, ' 1 '))).toBe(false)
    expect(isAlive(own.replace(/pid:\[\d+\]/, 'pid:[1]'))).toBe(false)
    expect(isAlive('')).toBe(false)
  })
})

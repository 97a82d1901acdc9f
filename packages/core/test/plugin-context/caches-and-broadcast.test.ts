import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { definePlugin, type DatabaseHandle, type PluginCache } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import { logEntries } from './log-entries.js'

/** One node: its part of the plugin, and what it heard. */
function talker() {
  const heard: unknown[] = []
  const kept: {
    words?: PluginCache<string, number>
    twin?: PluginCache<string, number>
    send?: (channel: string, data: unknown, db?: DatabaseHandle) => Promise<void>
    db?: DatabaseHandle
  } = {}
  const plugin = definePlugin({
    name: 'talker',
    setup: ({ broadcast, cache, db }) => {
      broadcast.on('news', (data) => void heard.push(data))
      broadcast.on('news', (data) => void heard.push(['second listener', data]))
      broadcast.on('faulty', () => {
        throw new Error('listener boom')
      })
      broadcast.on('faulty', () => void heard.push('well'))
      kept.words = cache.lru<string, number>('words', { max: 2 })
      kept.twin = cache.lru<string, number>('words', { max: 2, ttl: 60_000 })
      kept.send = (channel, data, handle) => broadcast.send(channel, data, handle)
      kept.db = db
    },
  })
  return { plugin, heard, kept }
}

const entries = logEntries()
const [here, there] = [talker(), talker()]
let first: TestApp
let second: TestApp

beforeAll(async () => {
  first = await createTestApp({ plugins: [here.plugin], log: entries.log })
  second = await createTestApp({ plugins: [there.plugin], database: first.database })
})
afterAll(async () => {
  await second?.close()
  await first?.close()
})
beforeEach(() => {
  here.heard.length = 0
  there.heard.length = 0
})

const both = <T>(read: (node: ReturnType<typeof talker>) => T): T[] => [here, there].map(read)

describe('broadcast', () => {
  it('is heard on every node, the sender’s too, by every listener, before send resolves', async () => {
    await here.kept.send?.('news', { id: 1 })
    expect(both(({ heard }) => heard)).toEqual(
      Array.from({ length: 2 }, () => [{ id: 1 }, ['second listener', { id: 1 }]]),
    )
  })

  it('is heard after the commit and not before', async () => {
    const duringTransaction: unknown[] = []
    await there.kept.db?.transaction(async (db) => {
      await there.kept.send?.('news', 'later', db)
      duringTransaction.push(...here.heard, ...there.heard)
    })
    expect(duringTransaction).toEqual([])
    expect(both(({ heard }) => heard[0])).toEqual(['later', 'later'])
  })

  it('is never heard after a rollback', async () => {
    const failing = here.kept.db?.transaction(async (db) => {
      await here.kept.send?.('news', 'never', db)
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    await here.kept.send?.('news', 'afterwards')
    expect(both(({ heard }) => heard[0])).toEqual(['afterwards', 'afterwards'])
  })

  it('reaches the other listeners of a channel when one throws, and the sender does not suffer', async () => {
    await here.kept.send?.('faulty', null)
    expect(both(({ heard }) => heard)).toEqual([['well'], ['well']])
    expect(entries.with('listener boom')).toMatchObject([{ channel: 'talker/faulty' }])
  })

  it('refuses what is too large for it', async () => {
    await expect(here.kept.send?.('news', 'x'.repeat(8000))).rejects.toMatchObject({ code: 'BROADCAST_TOO_LARGE' })
  })
})

describe('a cache', () => {
  const fill = () =>
    both(({ kept }) => {
      kept.words?.set('a', 1)
      kept.twin?.set('b', 2)
    })
  const sizes = () => both(({ kept }) => [kept.words?.size, kept.twin?.size])

  it('keeps no more than it may, and forgets one entry on its own node only', () => {
    fill()
    here.kept.words?.set('c', 3)
    here.kept.words?.set('d', 4)
    expect([here.kept.words?.get('a'), here.kept.words?.get('d'), here.kept.words?.size]).toEqual([undefined, 4, 2])
    there.kept.words?.delete('a')
    here.kept.words?.delete('d')
    expect(sizes()).toEqual([
      [1, 1],
      [0, 1],
    ])
  })

  it('is empty on every node when clear resolves, with others of its name', async () => {
    fill()
    await there.kept.words?.clear()
    expect(sizes()).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  it('is emptied with the transaction that it is given, or not at all', async () => {
    fill()
    const failing = here.kept.db?.transaction(async (db) => {
      await here.kept.words?.clear(db)
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    await here.kept.db?.transaction(async (db) => {
      await here.kept.send?.('news', 'in between', db)
    })
    expect(both(({ kept }) => kept.words?.get('a'))).toEqual([1, 1])
    await here.kept.db?.transaction(async (db) => {
      await here.kept.words?.clear(db)
      expect(here.kept.words?.get('a')).toBe(1)
    })
    expect(both(({ kept }) => kept.words?.get('a'))).toEqual([undefined, undefined])
  })
})

it('hears nothing more once it is switched off', async () => {
  await first.application.plugins.disable('talker', 'test')
  await here.kept.send?.('news', 'to nobody')
  expect(both(({ heard }) => heard)).toEqual([[], []])
  expect(first.application.host.broadcast).toBeDefined()
})

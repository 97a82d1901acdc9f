import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin, type JobOptions } from '@postern/core'
import { createTestApp, fakeClock, type FakeClock, type TestApp } from '@postern/testkit'
import { eventually } from '../eventually.js'
import { logEntries } from './log-entries.js'

const limit = 20_000

/** A clock that goes on when the test says so, second by second. */
const steppedClock = (): FakeClock => fakeClock('2026-03-01T12:00:00Z')
/** Seconds go by until it has come true. */
const seconds = (clock: FakeClock, isTrue: () => boolean): Promise<void> =>
  eventually(() => {
    clock.tick(1000)
    return isTrue()
  }, limit)

/** Notes the second in which each run began: a job's times are the same on every node. */
function ticking(options: JobOptions, clock: { now(): number }) {
  const runs: number[] = []
  const plugin = definePlugin({
    name: 'ticking',
    setup: ({ jobs }) => jobs.every('1s', () => runs.push(Math.floor(clock.now() / 1000)), options),
  })
  return { plugin, runs }
}

describe('with two nodes on one database', () => {
  let apps: TestApp[] = []
  afterEach(async () => {
    for (const app of apps.reverse()) await app.close()
    apps = []
  })

  async function twoNodes(options: JobOptions) {
    const clock = steppedClock()
    const [here, there] = [ticking(options, clock), ticking(options, clock)]
    const first = await createTestApp({ plugins: [here.plugin], clock })
    apps.push(first)
    apps.push(await createTestApp({ plugins: [there.plugin], clock, database: first.database }))
    return { clock, here: here.runs, there: there.runs }
  }

  it('a job runs on exactly one of them each time', async () => {
    const { clock, here, there } = await twoNodes({})
    const rounds = 5
    for (let round = 1; round <= rounds; round++) {
      clock.tick(1000)
      await eventually(() => here.length + there.length >= round, limit)
    }
    // Closing waits for what still runs.
    for (const app of apps) await app.application.plugins.disable('ticking', 'test')
    expect([...here, ...there].sort()).toEqual([...new Set([...here, ...there])].sort())
    expect(here.length + there.length).toBe(rounds)
  })

  it('a job for each runs on both', async () => {
    const { clock, here, there } = await twoNodes({ nodes: 'each' })
    await seconds(clock, () => here.some((second) => there.includes(second)))
    expect(new Set(here).size).toBe(here.length)
  })
})

const broken = definePlugin({
  name: 'broken',
  setup: ({ acl, jobs, resources }) => {
    acl.grant('anonymous', 'broken', ['say'])
    resources.define('broken', { say: { summary: 'Say', reads: true, run: () => 'well' } })
    jobs.every('1s', () => {
      throw new Error('job boom')
    })
    jobs.cron('* * * * * *', () => Promise.reject(new Error('cron boom')))
  },
})

describe('a job that throws', () => {
  const entries = logEntries()
  const clock = steppedClock()
  let app: TestApp
  beforeAll(async () => {
    app = await createTestApp({ plugins: [broken], log: entries.log, clock })
  })
  afterAll(() => app?.close())

  it.each(['job boom', 'cron boom'])(
    'is logged with its plugin and its line, comes again, and harms nobody: %s',
    async (text) => {
      await seconds(clock, () => entries.with(text).length >= 2)
      expect(entries.with(text)[0]).toMatchObject({
        err: text,
        plugin: 'broken',
        message: 'A job of plugin "broken" failed',
        registeredAt: expect.stringMatching(/plugin-context\/jobs\.test\.ts:\d+/),
      })
      expect((await app.request('GET', '/api/broken:say')).status).toBe(200)
    },
  )
})

describe('jobs and their plugin', () => {
  it('none begins after it is switched off; one that runs is waited for', async () => {
    const events: string[] = []
    const clock = steppedClock()
    let finish = (): void => undefined
    const gate = new Promise<void>((resolve) => (finish = resolve))
    const slow = definePlugin({
      name: 'slow',
      setup: ({ jobs, onDispose }) => {
        onDispose(() => void events.push('disposed'))
        jobs.every('1s', async () => {
          events.push('begun')
          await gate
          events.push('ended')
        })
      },
    })
    const app = await createTestApp({ plugins: [slow], clock })
    await seconds(clock, () => events.includes('begun'))
    const disabling = app.application.plugins.disable('slow', 'test')
    finish()
    await disabling
    const seen = [...events]
    expect(seen.slice(-2)).toEqual(['ended', 'disposed'])
    for (let times = 0; times < 5; times++) clock.tick(1000)
    expect(events).toEqual(seen)
    await app.close()
  })

  it('a time that comes while it runs is left out, also on another node; one that was killed is not waited for', async () => {
    const state = { begun: 0, running: 0, most: 0 }
    let finish = (): void => undefined
    const gate = new Promise<void>((resolve) => (finish = resolve))
    const lasting = definePlugin({
      name: 'lasting',
      setup: ({ jobs }) => {
        jobs.every('1s', async () => {
          state.begun += 1
          state.most = Math.max(state.most, (state.running += 1))
          await gate
          state.running -= 1
        })
        jobs.every('1s', () => void (ticks += 1), { nodes: 'each' })
      },
    })
    let ticks = 0
    const clock = steppedClock()
    const app = await createTestApp({ plugins: [lasting], clock })
    const other = await createTestApp({ plugins: [lasting], database: app.database, clock })
    // Several times go by on both nodes.
    await seconds(clock, () => ticks >= 6)
    expect(state).toEqual({ begun: 1, running: 1, most: 1 })
    // The node that ran it is gone without a word.
    const { connection } = app.application
    await connection.run({ text: `UPDATE postern.job_runs SET node = 'killed' WHERE running`, values: [] })
    await seconds(clock, () => state.begun === 2)
    finish()
    await seconds(clock, () => state.begun >= 4)
    expect(state.most).toBe(2)
    await other.close()
    await app.close()
  })

  it('cron is in UTC and by the server’s clock', async () => {
    const clock = fakeClock()
    const day = 86_400_000
    const ran: string[] = []
    const nightly = definePlugin({
      name: 'nightly',
      setup: ({ jobs }) => {
        jobs.cron('7 3 * * *', () => ran.push(new Date(clock.now()).toISOString().slice(11, 16)))
        jobs.cron('7 4 * * *', () => ran.push('an hour early'))
      },
    })
    const app = await createTestApp({ availablePlugins: [nightly], clock })
    clock.advance(day - ((clock.now() - 3 * 3_600_000 - 7 * 60_000) % day) - 4000)
    // Four seconds before seven past three.
    await app.application.plugins.enable('nightly', 'test')
    clock.tick(4000)
    await eventually(() => ran.length > 0, limit)
    expect(ran).toEqual(['03:07'])
    await app.close()
  })

  it.each(['', '10', '0s', '5 minutes', '-1s', '1.5h'])(
    'every() refuses "%s", and nothing of the plugin remains',
    async (interval) => {
      const plugin = definePlugin({ name: 'odd', setup: ({ jobs }) => jobs.every(interval, () => undefined) })
      await expect(createTestApp({ plugins: [plugin] })).rejects.toMatchObject({
        message: expect.stringContaining(`Plugin "odd" registered a job with the schedule "${interval}"`),
      })
    },
  )

  it('cron() refuses a pattern that is none', async () => {
    const plugin = definePlugin({ name: 'odd', setup: ({ jobs }) => jobs.cron('61 * * * *', () => undefined) })
    await expect(createTestApp({ plugins: [plugin] })).rejects.toThrow(/cannot be read/)
  })
})

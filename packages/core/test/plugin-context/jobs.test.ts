import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin, type JobOptions } from '@postern/core'
import { createTestApp, fakeClock, type TestApp } from '@postern/testkit'
import { eventually } from '../eventually.js'
import { logEntries } from './log-entries.js'

const limit = 20_000
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

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
    const clock = fakeClock()
    const [here, there] = [ticking(options, clock), ticking(options, clock)]
    const first = await createTestApp({ plugins: [here.plugin], clock })
    apps.push(first)
    apps.push(await createTestApp({ plugins: [there.plugin], clock, database: first.database }))
    return { here: here.runs, there: there.runs }
  }

  it('a job runs on exactly one of them each time', async () => {
    const { here, there } = await twoNodes({})
    await eventually(() => here.length + there.length >= 5, limit)
    const all = [...here, ...there]
    expect(new Set(all).size).toBe(all.length)
  })

  it('a job for each runs on both', async () => {
    const { here, there } = await twoNodes({ nodes: 'each' })
    await eventually(() => here.some((second) => there.includes(second)), limit)
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
  let app: TestApp
  beforeAll(async () => {
    app = await createTestApp({ plugins: [broken], log: entries.log })
  })
  afterAll(() => app?.close())

  it.each(['job boom', 'cron boom'])(
    'is logged with its plugin and its line, comes again, and harms nobody: %s',
    async (text) => {
      await eventually(() => entries.with(text).length >= 2, limit)
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
    const slow = definePlugin({
      name: 'slow',
      setup: ({ jobs, onDispose }) => {
        onDispose(() => void events.push('disposed'))
        jobs.every('1s', async () => {
          events.push('begun')
          await pause(200)
          events.push('ended')
        })
      },
    })
    const app = await createTestApp({ plugins: [slow] })
    await eventually(() => events.includes('begun'), limit)
    await app.application.plugins.disable('slow', 'test')
    const seen = [...events]
    expect(seen.slice(-2)).toEqual(['ended', 'disposed'])
    await pause(1500)
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
    const app = await createTestApp({ plugins: [lasting] })
    const other = await createTestApp({ plugins: [lasting], database: app.database })
    // Several times go by on both nodes.
    await eventually(() => ticks >= 6, limit)
    expect(state).toEqual({ begun: 1, running: 1, most: 1 })
    // The node that ran it is gone without a word.
    const { connection } = app.application
    await connection.run({ text: `UPDATE postern.job_runs SET node = 'killed' WHERE running`, values: [] })
    await eventually(() => state.begun === 2, limit)
    finish()
    await eventually(() => state.begun >= 4, limit)
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

import { expect, it } from '@jest/globals'
import { definePlugin } from '@postern/core'
import { createTestApp } from '@postern/testkit'
import { eventually } from '../eventually.js'

it('jobs come by the real clock too: every second, and at the seconds of a cron pattern', async () => {
  const runs: string[] = []
  const ticking = definePlugin({
    name: 'ticking',
    setup: ({ jobs }) => {
      jobs.every('1s', () => void runs.push('every'))
      jobs.cron('* * * * * *', () => void runs.push('cron'))
    },
  })
  const app = await createTestApp({ plugins: [ticking] })
  for (const kind of ['every', 'cron']) {
    await eventually(() => runs.filter((run) => run === kind).length >= 2, 20_000)
  }
  await app.close()
  const seen = [...runs]
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(runs).toEqual(seen)
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { FairQueue } from '../../src/kernel/fair-queue.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a fair queue', () => {
  it('runs as many at a time as it has slots, and of one lane one less', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 4 }),
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 }),
        async (slots, lanes) => {
          const queue = new FairQueue(slots, 100)
          const running: string[] = []
          const work = (lane: string) => async () => {
            running.push(lane)
            expect(running.length).toBeLessThanOrEqual(slots)
            expect(running.filter((one) => one === lane).length).toBeLessThanOrEqual(slots - 1)
            await turn()
            running.splice(running.indexOf(lane), 1)
            return lane
          }
          const results = await Promise.all(lanes.map((lane) => queue.run(lane, work(lane))))
          expect(results.map((done) => done?.result)).toEqual(lanes)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('lets a lane that comes late have a slot before those that waited in another', async () => {
    const queue = new FairQueue(2, 1000)
    const order: string[] = []
    const run = (lane: string) =>
      queue.run(lane, async () => {
        await turn()
        order.push(lane)
      })
    const flood = Array.from({ length: 300 }, () => run('flood'))
    await turn()
    await run('other')
    expect(order.indexOf('other')).toBeLessThanOrEqual(3)
    await Promise.all(flood)
  })

  it('refuses what would wait beyond a bound, and goes on after what fails', async () => {
    const queue = new FairQueue(2, 3)
    const results = await Promise.all(Array.from({ length: 8 }, () => queue.run('a', () => turn())))
    expect(results.filter((done) => done === undefined)).toHaveLength(4)
    await expect(queue.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await queue.run('a', () => Promise.resolve(1))).toEqual({ result: 1 })
  })
})

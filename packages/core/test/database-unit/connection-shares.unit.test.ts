import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Caller } from '../../src/database/call-budget.js'
import { ConnectionShares, reservedConnections } from '../../src/database/connection-shares.js'

const caller = (account: string, credential = account, isReserved = false): Caller => ({
  account,
  credential,
  isReserved,
})
const patience = 10

/** Takes as many as there are for the caller, at most so many. @returns how to give them back */
async function takeAll(shares: ConnectionShares, who: Caller | undefined, most = 50): Promise<(() => void)[]> {
  const taken = await Promise.allSettled(Array.from({ length: most }, () => shares.acquire(who)))
  return taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

describe('one account', () => {
  it.each([2, 3, 4, 8, 10, 100])('of %d connections it leaves a quarter, and gets at least one', async (size) => {
    const held = await takeAll(new ConnectionShares(size, patience), caller('a'), size + 5)
    expect(held.length).toBeGreaterThan(0)
    expect(size - held.length).toBeGreaterThanOrEqual(size / 4)
  })

  it('with several credentials it leaves as much, and each of them gets one', async () => {
    const shares = new ConnectionShares(10, patience)
    const first = await takeAll(shares, caller('a', 'first'))
    const second = await takeAll(shares, caller('a', 'second'))
    expect(second.length).toBeGreaterThan(0)
    expect(first.length + second.length).toBeLessThanOrEqual(7)
  })

  it('is refused with 429 when it has waited in vain, others with 503', async () => {
    const shares = new ConnectionShares(2, patience)
    await takeAll(shares, caller('a'))
    await expect(shares.acquire(caller('a'))).rejects.toMatchObject({ status: 429, code: 'RATE_LIMITED' })
    await takeAll(shares, caller('b'))
    await expect(shares.acquire(caller('c'))).rejects.toMatchObject({ status: 503 })
  })
})

it('two connections are kept for what is reserved, and no caller takes both', async () => {
  const shares = new ConnectionShares(4, patience)
  for (const name of ['a', 'b', 'c', 'd']) await takeAll(shares, caller(name))
  await expect(shares.acquire(caller('e'))).rejects.toMatchObject({ status: 503 })
  expect(await takeAll(shares, caller('e', 'e', true))).toHaveLength(1)
  expect(await takeAll(shares, undefined)).toHaveLength(reservedConnections - 1)
})

it('whoever waits gets what is given back, and whoever has gone does not', async () => {
  const shares = new ConnectionShares(1, 1000)
  const release = await shares.acquire(caller('a'))
  let leave = (): void => undefined
  const gone = shares.acquire(caller('b'), (listener) => {
    leave = listener
    return () => undefined
  })
  const next = shares.acquire(caller('c'))
  leave()
  await expect(gone).rejects.toMatchObject({ status: 503 })
  release()
  release()
  expect(typeof (await next)).toBe('function')
})

it('whatever is taken and given back, nobody holds more than there are, and in the end all are free', async () => {
  const step = fc.record({
    who: fc.constantFrom('a', 'b', 'c'),
    credential: fc.constantFrom('1', '2'),
    gives: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 60 }), async (size, steps) => {
      const shares = new ConnectionShares(size, 0)
      const held: (() => void)[] = []
      for (const { who, credential, gives } of steps) {
        if (gives) held.shift()?.()
        else
          await shares.acquire(caller(who, `${who}${credential}`)).then(
            (release) => held.push(release),
            () => undefined,
          )
        expect(held.length).toBeLessThanOrEqual(size)
      }
      for (const release of held) release()
      expect((await takeAll(shares, undefined, size + 5)).length).toBe(size + reservedConnections)
    }),
    { numRuns: 50 },
  )
})

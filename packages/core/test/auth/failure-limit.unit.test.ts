import { describe, expect, it } from '@jest/globals'
import { FailureLimit } from '../../src/auth/rate-limit/failure-limit.js'

const failing = () => Promise.resolve(undefined)
const statusOf = (work: Promise<unknown>) =>
  work.then(
    () => 200,
    (error: { status: number }) => error.status,
  )

describe('counting', () => {
  it('tells everybody by himself when he had his share', async () => {
    const limit = new FailureLimit('tests', 2)
    const told = [await limit.count('a'), await limit.count('a'), await limit.count('a'), await limit.count('b')]
    expect(told.map((error) => error?.status)).toEqual([undefined, undefined, 429, undefined])
    expect(told[2]?.headers).toMatchObject({
      'RateLimit-Policy': '"tests";q=2;w=60',
      'Retry-After': expect.any(String),
    })
  })
})

describe('attempts', () => {
  it('that fail use up the share, those that succeed do not', async () => {
    const limit = new FailureLimit('tests', 2)
    for (let time = 0; time < 5; time++) expect(await limit.attempt('a', () => Promise.resolve('ok'))).toBe('ok')
    expect(await limit.attempt('a', failing)).toBeUndefined()
    expect(await limit.attempt('a', failing)).toBeUndefined()
    expect(await statusOf(limit.attempt('a', () => Promise.resolve('ok')))).toBe(429)
    expect(await limit.attempt('b', () => Promise.resolve('ok'))).toBe('ok')
  })

  it('of one run one after another, those of others beside them', async () => {
    const limit = new FailureLimit('tests', 3)
    let running = 0
    const work = async () => {
      expect(++running).toBeLessThanOrEqual(2)
      await new Promise((resolve) => setTimeout(resolve, 2))
      running--
      return undefined
    }
    const statuses = await Promise.all(
      ['a', 'b'].flatMap((who) => Array.from({ length: 10 }, () => statusOf(limit.attempt(who, work)))),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(6)
    expect(statuses.filter((status) => status === 429)).toHaveLength(14)
  })

  it('that break are no failure, and hold nobody up', async () => {
    const limit = new FailureLimit('tests', 1)
    for (let time = 0; time < 3; time++) {
      await expect(limit.attempt('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
    }
    expect(await limit.attempt('a', () => Promise.resolve('ok'))).toBe('ok')
  })

  it('have no limit when it is 0', async () => {
    const limit = new FailureLimit('tests', 0)
    for (let time = 0; time < 20; time++) expect(await limit.attempt('a', failing)).toBeUndefined()
    expect(await limit.count('a')).toBeUndefined()
  })
})

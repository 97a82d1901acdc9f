import { beforeEach, describe, expect, it } from '@jest/globals'
import { Authenticator, type CountedRequest } from '../../src/auth/authenticator.js'
import type { Principal } from '../../src/auth/principal.js'
import { refuse, type Refusal } from '../../src/auth/strategy.js'
import { Scope } from '../../src/kernel/scope.js'

let now: number
let isFresh: boolean
let asked: number
/** What the database would say, when the test lets it. */
let answer: () => Promise<Principal | Refusal>
let authenticator: Authenticator
let scope: Scope

const principal: Principal = { kind: 'badge', userId: 7, roles: ['editor'], credentialId: 'badge-1' }

beforeEach(() => {
  ;[now, isFresh, asked] = [1000, true, 0]
  answer = () => Promise.resolve(principal)
  const clock = { now: () => now, daysAgo: () => new Date(now), after: () => () => undefined }
  authenticator = new Authenticator({ clock, isFresh: () => isFresh, failuresPerMinute: 0 })
  scope = new Scope('test')
  scope.active = true
  const strategy = {
    scheme: { type: 'http', scheme: 'bearer' } as const,
    read: () => 'x',
    verify: () => {
      asked++
      return answer()
    },
  }
  authenticator.add('badge', strategy, scope)
})

const request = (headers: Readonly<Record<string, string>>): CountedRequest => ({
  address: '192.0.2.1',
  header: (name) => headers[name],
  headerCount: (name) => (headers[name] === undefined ? 0 : 1),
})
const ask = (text = 'Bearer secret') => authenticator.authenticate(request({ authorization: text }))

/** A database that answers when it is told to. */
function heldBack(outcome: Principal | Refusal): () => void {
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  answer = () => gate.then(() => outcome)
  return open
}

describe('a verified credential', () => {
  it('is known from then on', async () => {
    expect(await ask()).toBe(principal)
    expect(await ask()).toBe(principal)
    expect(asked).toBe(1)
  })

  it.each([{ all: true } as const, { userIds: [1, 7] }, { credentialIds: ['badge-0', 'badge-1'] }])(
    'is asked for again after %j',
    async (what) => {
      await ask()
      authenticator.cache.invalidate(what)
      answer = () => Promise.resolve(refuse('revoked'))
      await expect(ask()).rejects.toMatchObject({ status: 401, reason: 'revoked' })
    },
  )

  it.each([{ userIds: [8] }, { credentialIds: ['badge-2', '1'] }])('stays known after %j', async (what) => {
    await ask()
    authenticator.cache.invalidate(what)
    await ask()
    expect(asked).toBe(1)
  })

  it('is asked for again without a lease', async () => {
    await ask()
    isFresh = false
    await ask()
    await ask()
    expect(asked).toBe(3)
    isFresh = true
    expect(await ask()).toBe(principal)
  })

  it('is asked for again when its time is up, not a millisecond later', async () => {
    answer = () => Promise.resolve({ ...principal, expiresAt: 2000 })
    await ask()
    now = 1999
    await ask()
    expect(asked).toBe(1)
    now = 2000
    answer = () => Promise.resolve(refuse('expired'))
    await expect(ask()).rejects.toMatchObject({ reason: 'expired' })
  })
})

describe('a revocation while the credential is being verified', () => {
  it('wins over what the verification found before it', async () => {
    const open = heldBack(principal)
    const verifying = ask()
    authenticator.cache.invalidate({ credentialIds: ['badge-1'] })
    open()
    await verifying
    answer = () => Promise.resolve(refuse('revoked'))
    await expect(ask()).rejects.toMatchObject({ status: 401 })
    expect(asked).toBe(2)
  })

  it('of any other credential only costs the memory of it', async () => {
    const open = heldBack(principal)
    const verifying = ask()
    authenticator.cache.invalidate({ userIds: [99] })
    open()
    expect(await verifying).toBe(principal)
    expect(await ask()).toBe(principal)
    expect(asked).toBe(2)
  })

  it('also wins when the lease ends meanwhile', async () => {
    const open = heldBack(principal)
    const verifying = ask()
    isFresh = false
    open()
    await verifying
    isFresh = true
    await ask()
    expect(asked).toBe(2)
  })
})

describe('the memory', () => {
  it('holds nothing that was refused', async () => {
    answer = () => Promise.resolve(refuse())
    for (let index = 0; index < 1000; index++) await ask(`Bearer ${index}`).catch(() => undefined)
    expect(authenticator.cache.size).toBe(0)
  })

  it('is bounded by count, and by length: one key can be sent with any number of blanks', async () => {
    for (let index = 1; index <= 2000; index++) await ask(`Bearer${' '.repeat(14_000 + index)}secret`)
    expect(authenticator.cache.size).toBeLessThan(1200)
    for (let index = 0; index < 12_000; index++) await ask(`Bearer ${index}`)
    expect(authenticator.cache.size).toBeLessThanOrEqual(10_000)
  })

  it('is empty for a strategy that was hidden', async () => {
    scope.active = false
    await expect(ask()).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
  })
})

describe('a strategy that cannot ask', () => {
  it('fails the request and does not refuse the credential', async () => {
    answer = () => Promise.reject(new Error('away'))
    await expect(ask()).rejects.toThrow('away')
    answer = () => Promise.resolve(principal)
    expect(await ask()).toBe(principal)
  })
})

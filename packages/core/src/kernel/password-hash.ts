import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { FairQueue } from './fair-queue.js'
import { wire } from './wire-errors.js'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)

/** scrypt (RFC 7914): 32 MB and some 80 ms a try. */
const usualCost = { N: 2 ** 15, r: 8, p: 1 } as const
const keyLength = 32
const memory = 128 * usualCost.N * usualCost.r * 2
let cost: { readonly N: number; readonly r: number; readonly p: number } = usualCost

/**
 * For tests, which make hundreds of users: from now on this process hashes new passwords at the least cost that there is.
 * A server that has called it is not safe; nothing but testkit does.
 *
 * @returns what brings the usual cost back
 */
export function weakenPasswordsForTests(): () => void {
  useCost({ N: 2, r: 1, p: 1 })
  return () => useCost(usualCost)
}

function useCost(wanted: typeof cost): void {
  cost = wanted
}

/** Threads of Node that do this; there are four, and files and inflating need them too. */
const maxHashing = Math.max(2, Math.min(3, availableParallelism()))
const maxWaiting = 200
const queue = new FairQueue(maxHashing, maxWaiting)

type Key = { readonly password: string; readonly salt: Buffer; readonly who: string }
type Cost = { readonly N: number; readonly r: number; readonly p: number }

/** @throws 429 RATE_LIMITED when too much waits for `who` */
async function deriveKey({ password, salt, who }: Key, { N, r, p }: Cost): Promise<Buffer> {
  const options = { N, r, p, maxmem: memory }
  const done = await queue.run(who, () => derive(password.normalize('NFKC'), salt, keyLength, options))
  if (!done) throw wire.RATE_LIMITED({ seconds: 1 }).withHeaders({ 'Retry-After': '1' })
  return done.result
}

/**
 * `scrypt$N$r$p$salt$key`, salt and key in base64url.
 *
 * @param who for whom it is done: hashes for one wait for each other, those for others hardly
 */
export async function hashPassword(password: string, who = ''): Promise<string> {
  const salt = randomBytes(16)
  const key = await deriveKey({ password, salt, who }, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

const form = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]{22})\$([\w-]{43})$/

/** Compared with when there is no such user, so that both cases take the same time. No password has this key. */
const decoy = {
  salt: randomBytes(16).toString('base64url'),
  key: randomBytes(keyLength).toString('base64url'),
}

/** Is it the password? Takes the same time, and is false, when there is no hash: `stored` undefined, or not one of ours. */
export async function verifyPassword(password: string, stored: string | undefined, who = ''): Promise<boolean> {
  const given = form.exec(stored ?? '')
  const [, N = cost.N, r = cost.r, p = cost.p, salt = decoy.salt, key = decoy.key] = given ?? []
  const expected = Buffer.from(key, 'base64url')
  const costs = { N: Number(N), r: Number(r), p: Number(p) }
  const actual = await deriveKey({ password, salt: Buffer.from(salt, 'base64url'), who }, costs)
  return given !== null && timingSafeEqual(actual, expected)
}

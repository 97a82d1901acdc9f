import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

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
  decoy = undefined
}

/** `scrypt$N$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password.normalize('NFKC'), salt, keyLength, { ...cost, maxmem: memory })
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

const form = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]{22})\$([\w-]{43})$/

/** Compared with when there is no such user, so that both cases take the same time. */
let decoy: Promise<string> | undefined

/** Is it the password? Takes the same time, and is false, when there is no hash: `stored` undefined, or not one of ours. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  decoy ??= hashPassword(randomBytes(16).toString('hex'))
  const given = form.exec(stored ?? '')
  const [, N, r, p, salt = '', key = ''] = given ?? form.exec(await decoy) ?? []
  const expected = Buffer.from(key, 'base64url')
  const options = { N: Number(N), r: Number(r), p: Number(p), maxmem: memory }
  const actual = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), keyLength, options)
  return given !== null && timingSafeEqual(actual, expected)
}

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)

/** scrypt (RFC 7914): 32 MB and some 80 ms a try. */
const cost = { N: 2 ** 15, r: 8, p: 1 } as const
const keyLength = 32
const memory = 128 * cost.N * cost.r * 2

/** `scrypt$N$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password.normalize('NFKC'), salt, keyLength, { ...cost, maxmem: memory })
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Compared with when there is no such user, so that both cases take the same time. */
let decoy: Promise<string> | undefined

/** Is it the password? Takes the same time for an unknown account (`stored` undefined), and is then false. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  decoy ??= hashPassword(randomBytes(16).toString('hex'))
  const [scheme, N, r, p, salt = '', key = ''] = (stored ?? (await decoy)).split('$')
  if (scheme !== 'scrypt') return false
  const expected = Buffer.from(key, 'base64url')
  const options = { N: Number(N), r: Number(r), p: Number(p), maxmem: memory }
  const actual = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), expected.length, options)
  return timingSafeEqual(actual, expected) && stored !== undefined
}

/** A password for a person to copy: 20 characters, some 117 bits. */
export function generatePassword(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'
  // 56 letters: a byte below 224 is taken modulo without bias.
  let password = ''
  while (password.length < 20)
    for (const byte of randomBytes(32)) if (byte < 224 && password.length < 20) password += letters[byte % 56] ?? ''
  return password
}

import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const secretBytes = 32
/** 62^43 > 2^256, 62^6 > 2^32. */
const secretLength = 43
const checksumLength = 6

function base62(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = `${alphabet[Number(rest % 62n)] ?? ''}${text}`
  return text
}

const checksum = (text: string): string => base62(BigInt(crc32(text)), checksumLength)

/**
 * Makes a token that carries nothing: `<prefix>_<32 random bytes in base62><CRC-32 in base62>`. Secret scanners know it
 * by its prefix, and most garbage is refused by its checksum without asking the database.
 */
export function mintOpaqueToken(prefix: string): string {
  const secret = base62(BigInt(`0x${randomBytes(secretBytes).toString('hex')}`), secretLength)
  return `${prefix}_${secret}${checksum(`${prefix}_${secret}`)}`
}

/** Has the text the form of such a token, its checksum included? Says nothing of whether it was ever given out. */
export function isOpaqueToken(prefix: string, text: string): boolean {
  if (text.length !== prefix.length + 1 + secretLength + checksumLength || !text.startsWith(`${prefix}_`)) return false
  const body = text.slice(0, -checksumLength)
  return /^[0-9A-Za-z]+$/.test(text.slice(prefix.length + 1)) && checksum(body) === text.slice(-checksumLength)
}

/** What is stored of a token: SHA-256, hex. Random tokens need no slow hash. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

import { createHash, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'

export type JwtPayload = Readonly<Record<string, unknown>>

export type JwtOutcome =
  | { readonly state: 'valid'; readonly payload: JwtPayload }
  /** The signature is right; only the time is up. */
  | { readonly state: 'expired'; readonly payload: JwtPayload }
  | { readonly state: 'invalid' }

/** JSON Web Tokens (RFC 7519) with HS256 and nothing else, under the server's keys: the first signs, all of them count. */
export interface JwtSigner {
  /** `exp` in the payload is in seconds since 1970; without it the token does not expire by itself. */
  sign(payload: JwtPayload): string
  verify(token: string, now: number): JwtOutcome
  /** One for each key, in their order: tells keys apart, and nothing else of them. */
  readonly fingerprints: readonly string[]
}

const isPayload = (value: unknown): value is JwtPayload =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Is the signature right? Asked first, so that garbage is refused for one HMAC, before any of it is parsed. */
function isSigned(token: string, key: KeyObject): boolean {
  const end = token.lastIndexOf('.')
  const given = Buffer.from(token.slice(end + 1), 'base64url')
  const right = createHmac('sha256', key)
    .update(token.slice(0, Math.max(end, 0)))
    .digest()
  return given.length === right.length && timingSafeEqual(given, right)
}

const sign = (payload: JwtPayload, key: KeyObject): string => jwt.sign({ ...payload }, key, { algorithm: 'HS256' })

const fingerprintOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(sign({ purpose: 'fingerprint', iat: 1 }, key))
    .digest('hex')
    .slice(0, 16)

function checked(token: string, key: KeyObject, now: number): JwtOutcome {
  try {
    const payload = jwt.verify(token, key, {
      algorithms: ['HS256'],
      ignoreExpiration: true,
      clockTimestamp: Math.floor(now / 1000),
    })
    if (!isPayload(payload)) return { state: 'invalid' }
    const { exp } = payload
    if (exp === undefined) return { state: 'valid', payload }
    if (typeof exp !== 'number') return { state: 'invalid' }
    return { state: exp * 1000 > now ? 'valid' : 'expired', payload }
  } catch {
    return { state: 'invalid' }
  }
}

/** @param secrets the first one signs; tokens that another of them signed are valid too */
export function createJwtSigner(...secrets: readonly [string, ...string[]]): JwtSigner {
  // A KeyObject is prepared once; with the secret as text every verification would prepare it anew (50 times slower).
  const prepare = (secret: string): KeyObject => createSecretKey(Buffer.from(secret, 'utf8'))
  const first = prepare(secrets[0])
  const keys = [first, ...secrets.slice(1).map(prepare)]
  return {
    sign: (payload) => sign(payload, first),
    verify: (token, now) => {
      const key = keys.find((candidate) => isSigned(token, candidate))
      return key ? checked(token, key, now) : { state: 'invalid' }
    },
    fingerprints: keys.map(fingerprintOf),
  }
}

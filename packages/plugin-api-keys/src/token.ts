import { timingSafeEqual } from 'node:crypto'
import type { PluginContext } from '@postern/core'

/** What signs and checks tokens under `APP_KEY`. */
export type Jwt = PluginContext<object, object>['auth']['jwt']

/** No key of ours is longer; anything that is, is not looked at. */
const longestToken = 2048
const form = /^[\w-]{10,}\.[\w-]{10,}\.[\w-]{43}$/
const idForm = /^[\w-]{1,64}$/

/** Does it look like a JWT with an HS256 signature? Says nothing of whose it is. */
export const looksLikeKey = (token: string): boolean => token.length <= longestToken && form.test(token)

export interface KeyClaims {
  readonly userId: number
  readonly roleName: string
  readonly jti: string
}

/** The claims of a payload that was signed by us; undefined when it is no key's. */
export function claimsOf(payload: Readonly<Record<string, unknown>>): KeyClaims | undefined {
  const { userId, roleName, jti } = payload
  if (typeof userId !== 'number' || typeof roleName !== 'string') return undefined
  return typeof jti === 'string' && idForm.test(jti) ? { userId, roleName, jti } : undefined
}

/** Compares two hashes in hex without telling by the time it takes where they differ. */
export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')]
  return left.length === right.length && timingSafeEqual(left, right)
}

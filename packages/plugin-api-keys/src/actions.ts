import { defineAction, Reply, wire, type ActionCall } from '@postern/core'
import { z } from 'zod'
import type { KeyService } from './key-service.js'

/** Set by the server; whoever sends them is told so instead of being ignored. */
const readOnly = [
  'id',
  'createdById',
  'updatedById',
  'userId',
  'token',
  'hash',
  'tokenHash',
  'jti',
  'lastUsedAt',
  'lastFour',
  'roleName',
  'createdAt',
  'updatedAt',
  'signedBy',
] as const

const input = z.object({
  name: z
    .string('name must be a text')
    .max(255, 'must have at most 255 characters')
    .refine((name) => name.trim() !== '', 'must not be blank'),
  role: z.unknown(),
  expiresIn: z.unknown().optional(),
  expiresAt: z.unknown().optional(),
  description: z.string().max(10_000).nullable().optional(),
  ...Object.fromEntries(readOnly.map((name) => [name, z.undefined(`${name} is set by the server`).optional()])),
})

/** Keys are made by people who are signed in: a key that makes keys could outlive its own revocation. @throws 403 */
export function sessionUser({
  principal,
  resource,
  action,
}: Pick<ActionCall, 'principal' | 'resource' | 'action'>): number {
  if (principal.kind === 'session' && principal.userId !== null) return principal.userId
  throw wire.NO_PERMISSION({ target: `${resource}:${action}` })
}

function refuseReadOnly(body: unknown): void {
  if (typeof body !== 'object' || body === null) return
  const name = readOnly.find((candidate) => Object.hasOwn(body, candidate))
  if (name !== undefined) throw wire.READONLY_FIELD({ name }).at(name)
}

export const createKey = (keys: KeyService) =>
  defineAction({
    summary: 'Make an API key for one of your own roles; the token is shown this once',
    run: async (call) => {
      const userId = sessionUser(call)
      refuseReadOnly(call.body)
      const parsed = input.safeParse(call.body ?? {})
      if (!parsed.success) {
        const [issue] = parsed.error.issues
        const path = issue?.path.join('.') ?? ''
        throw wire.INVALID_VALUE({ problem: `${path}: ${issue?.message ?? 'is not valid'}` }).at(path)
      }
      const key = await keys.mint(userId, parsed.data, call.db)
      return new Reply({ data: key }, 200, { 'Cache-Control': 'no-store' })
    },
  })

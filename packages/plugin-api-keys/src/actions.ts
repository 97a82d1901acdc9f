import { combineErrors, defineAction, Reply, wire, type ActionCall } from '@postern/core'
import { z } from 'zod'
import { apiKeys } from './collection.js'
import type { KeyOwner, KeyService } from './key-service.js'

/** Names that look as if they could be sent; whoever sends them is told that the server sets them. */
const setByServer = new Set([
  ...['id', 'createdAt', 'updatedAt', 'createdById', 'updatedById', 'userId', 'token', 'hash', 'lastUsedAt'],
  ...Object.entries(apiKeys.fields).flatMap(([name, { options }]) => (options.readOnly === true ? [name] : [])),
])

/**
 * Loose, because other names get an error of their own below: a key made without the limits that its maker asked for
 * would be too wide. Lengths are checked where the row is written.
 */
const input = z.looseObject({
  name: z.string('must be a text').refine((name) => name.trim() !== '', 'must not be blank'),
  role: z.unknown().optional().describe('Required: one of your own roles, by its name or as {"name": …}'),
  expiresIn: z.unknown().optional().describe('"30d", "12h", a number of seconds, or "never"'),
  expiresAt: z.unknown().optional().describe('Instead of expiresIn: an ISO 8601 date'),
  description: z.string('must be a text').nullable().optional(),
  enabled: z.boolean('must be true or false').optional(),
})

/** @throws 400 READONLY_FIELD or UNKNOWN_FIELD, one entry for each fault */
function refuseOtherNames(body: object): void {
  const faults = Object.keys(body)
    .filter((name) => !Object.hasOwn(input.shape, name))
    .map((name) => (setByServer.has(name) ? wire.READONLY_FIELD({ name }) : wire.UNKNOWN_FIELD({ name })).at(name))
  const [first, ...rest] = faults
  if (first) throw combineErrors([first, ...rest])
}

/** Keys are made by people who are signed in: a key that makes keys could outlive its own revocation. @throws 403 */
function signedInOwner({ principal, resource, action }: ActionCall): KeyOwner {
  const { kind, userId, roles } = principal
  if (kind === 'session' && userId !== null) return { userId, roles }
  throw wire.NO_PERMISSION({ target: `${resource}:${action}` })
}

export const createKey = (keys: KeyService) =>
  defineAction({
    summary: 'Make an API key for one of your own roles; the token is shown this once',
    input,
    run: async (call) => {
      const owner = signedInOwner(call)
      refuseOtherNames(call.input)
      const key = await keys.mint(owner, call.input, call.db)
      return new Reply({ data: key }, 200, { 'Cache-Control': 'no-store' })
    },
  })

import {
  defineAction,
  newCredentialInput,
  notFound,
  refuseOtherNames,
  Reply,
  rotationInput,
  root,
  type ActionCall,
  type Actions,
  type DatabaseHandle,
  type EventRecords,
  type UsageRecords,
  wire,
} from '@postern/core'
import { z } from 'zod'
import { spaceTokens } from './collections.js'
import { tokenDocuments } from './documented.js'
import { requireStanding } from './standing.js'
import type { TokenRecord } from './token-record.js'
import type { TokenService } from './token-service.js'

export interface TokenParts {
  readonly tokens: TokenService
  readonly usage: UsageRecords
  readonly events: EventRecords
  /** Makes every node forget what it knows of these tokens. */
  readonly forget: (ids: readonly number[], db: DatabaseHandle) => Promise<void>
}

/** Lengths are checked where the row is written. */
const createInput = z.looseObject(newCredentialInput).meta({
  additionalProperties: false,
  examples: [{ name: 'dashboard', expiresIn: '30d' }],
})
const shownOnce = { 'Cache-Control': 'private, no-store' }
const named = ({ id, createdById: ownerId }: Pick<TokenRecord, 'id' | 'createdById'>) => [{ id, ownerId }]

/** The token of the space that the address names. @throws 404, 403 */
async function tokenOf(call: ActionCall & { readonly key: string }, tokens: TokenService): Promise<TokenRecord> {
  const space = await requireStanding(call.sourceId, 'admin', call)
  const id = /^[1-9]\d{0,14}$/.test(call.key) ? Number(call.key) : 0
  const token = await tokens.find(id, call.db)
  if (!token || Number(token.spaceId) !== space.id) throw notFound()
  return token
}

/** `spaces/<id>/tokens:*`, save what every collection does. */
export const tokenActions = ({ tokens, usage, events, forget }: TokenParts): Actions => ({
  create: defineAction({
    summary: 'Make a token for this space; it is shown this once',
    input: createInput,
    document: tokenDocuments.create,
    run: async (call) => {
      const space = await requireStanding(call.sourceId, 'admin', call)
      refuseOtherNames(call.input, createInput.shape, spaceTokens)
      const { userId } = call.principal
      if (userId === null) throw wire.NO_PERMISSION({ target: 'spaces.tokens:create' })
      const token = await tokens.mint({ userId, spaceId: space.id }, call.input, call.db)
      await events.record('created', named(token), call, call.db)
      return new Reply({ data: token }, 200, shownOnce)
    },
  }),
  rotate: defineAction({
    summary: 'Make a token like this one, whose time is then up at once or after a while; it is shown this once',
    input: rotationInput,
    key: true,
    document: tokenDocuments.rotate,
    run: async (call) => {
      const old = await tokenOf(call, tokens)
      // Whoever rotates a token gets one that acts as its maker: that is for the maker, and for root.
      const isMaker = old.createdById === call.principal.userId || call.principal.roles.includes(root)
      if (!isMaker) throw wire.NO_PERMISSION({ target: 'tokens that somebody else made' })
      const { token, previous } = await tokens.rotate(old.id, call.input.graceSeconds, call.db)
      await events.record('rotated', named(old), call, call.db)
      await events.record('created', named(token), call, call.db)
      await forget([old.id], call.db)
      return new Reply({ data: { ...token, previous } }, 200, shownOnce)
    },
  }),
  usage: defineAction({
    summary: 'How often the token was used, by day and kind of answer',
    reads: true,
    key: true,
    document: tokenDocuments.usage,
    run: async (call) => usage.of((await tokenOf(call, tokens)).id, call.db),
  }),
})

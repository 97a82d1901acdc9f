import {
  defineAction,
  newCredentialInput,
  notFound,
  permittedRecord,
  refuseOtherNames,
  Reply,
  root,
  rotationInput,
  usageForm,
  wire,
  type ActionCall,
  type Actions,
  type DatabaseHandle,
  type EventRecords,
  type Principal,
  type UsageRecords,
} from '@postern/core'
import { z } from 'zod'
import { apiKeys } from './collection.js'
import { named, recordRevoked } from './events.js'
import type { KeyOwner, KeyService } from './key-service.js'

export interface ActionParts {
  readonly keys: KeyService
  readonly usage: UsageRecords
  readonly events: EventRecords
  /** May the caller manage the keys of others? */
  readonly mayManage: (principal: Principal) => boolean
  /** Makes every node forget what it knows of these keys. */
  readonly forget: (ids: readonly number[], db: DatabaseHandle) => Promise<void>
}

/** Lengths are checked where the row is written. */
const createInput = z
  .looseObject({
    ...newCredentialInput,
    role: z.unknown().optional().describe('One of your own roles, by its name or as {"name": …}'),
  })
  // Unknown and missing members have errors of their own, which say more than the schema would.
  .meta({
    required: ['name', 'role'],
    additionalProperties: false,
    examples: [{ name: 'reports', role: 'member', expiresIn: '30d' }],
  })

/** Keys are made by people who are signed in: a key that makes keys could outlive its own revocation. @throws 403 */
function signedInOwner({ principal, resource, action }: ActionCall): KeyOwner {
  const { kind, userId, roles } = principal
  if (kind === 'session' && userId !== null) return { userId, roles }
  throw wire.NO_PERMISSION({ target: `${resource}:${action}` })
}

const shownOnce = { 'Cache-Control': 'private, no-store' }

const create = ({ keys, events }: ActionParts) =>
  defineAction({
    summary: 'Make an API key for one of your own roles; the token is shown this once',
    document: { answer: { form: 'record', also: z.object({ token: z.string() }) } },
    input: createInput,
    run: async (call) => {
      const owner = signedInOwner(call)
      refuseOtherNames(call.input, createInput.shape, apiKeys)
      const key = await keys.mint(owner, call.input, call.db)
      await events.record('created', named([key]), call, call.db)
      return new Reply({ data: key }, 200, shownOnce)
    },
  })

const rotatedForm = z.object({
  token: z.string(),
  previous: z.object({ id: z.int(), expiresAt: z.iso.datetime() }),
})

/** Whoever rotates a key gets a token: only root gets those of others, who could make one for himself as well. */
const rotate = ({ keys, events, forget }: ActionParts) =>
  defineAction({
    summary: 'Make a key like this one, whose time is then up at once or after a while; the token is shown this once',
    input: rotationInput,
    key: true,
    document: { answer: { form: 'record', also: rotatedForm }, errors: ['CONFLICT'] },
    run: async (call) => {
      const { id, createdById } = await permittedRecord(call, apiKeys)
      if (createdById !== call.principal.userId && !call.principal.roles.includes(root)) throw notFound()
      const { key, previous } = await keys.rotate(id, call.input.graceSeconds, call.db)
      await events.record('rotated', [{ id, ownerId: createdById }], call, call.db)
      await events.record('created', named([key]), call, call.db)
      await forget([id], call.db)
      return new Reply({ data: { ...key, previous } }, 200, shownOnce)
    },
  })

const instant = z
  .union([z.iso.datetime({ offset: true, local: true }), z.iso.date()], 'must be an ISO 8601 date')
  .transform((text) => (/T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? text : text.includes('T') ? `${text}Z` : text))
  .transform((text) => new Date(text).toISOString())

const revokeAllInput = z.object({
  userId: z.int('must be the id of a user').positive('must be the id of a user').optional(),
  before: instant.optional().describe('Only keys that were made before this instant'),
})

const revokeAll = ({ keys, events, mayManage, forget }: ActionParts) =>
  defineAction({
    summary: 'End all of your own keys; for managers: all of a user, or all that were made before a date',
    input: revokeAllInput,
    document: { answer: { form: 'number' } },
    run: async (call) => {
      const { principal, input, db } = call
      const isOwn = input.before === undefined && (input.userId === undefined || input.userId === principal.userId)
      if (!isOwn && !mayManage(principal)) throw wire.NO_PERMISSION({ target: 'the API keys of others' })
      if (isOwn && principal.userId === null) throw wire.EMPTY_FILTER()
      const which = isOwn && principal.userId !== null ? { userId: principal.userId } : withoutAbsent(input)
      const ended = await keys.revoke(which, db)
      await recordRevoked(ended, call, events, db)
      await forget(
        ended.map(({ id }) => id),
        db,
      )
      return ended.length
    },
  })

const withoutAbsent = ({ userId, before }: z.infer<typeof revokeAllInput>) => ({
  ...(userId === undefined ? {} : { userId }),
  ...(before === undefined ? {} : { before }),
})

const usageAction = ({ usage }: ActionParts) =>
  defineAction({
    summary: 'Say how often a key was used, day by day, and when and from where the last time',
    reads: true,
    key: true,
    document: { answer: { form: 'record', of: usageForm } },
    run: async (call) => usage.of((await permittedRecord(call, apiKeys)).id, call.db),
  })

const manage = defineAction({
  summary: 'See and end the keys of everybody',
  right: true,
  run: () => {
    throw notFound()
  },
})

export const keyActions = (parts: ActionParts): Actions => ({
  create: create(parts),
  rotate: rotate(parts),
  revokeAll: revokeAll(parts),
  usage: usageAction(parts),
  manage,
})

import {
  combineErrors,
  defineAction,
  limitsInput,
  notFound,
  permittedRecord,
  Reply,
  root,
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

/** Names that look as if they could be sent; whoever sends them is told that the server sets them. */
const setByServer = new Set([
  ...['id', 'createdAt', 'updatedAt', 'createdById', 'updatedById', 'userId', 'token', 'hash'],
  ...Object.entries(apiKeys.fields).flatMap(([name, { options }]) => (options.readOnly === true ? [name] : [])),
])

/**
 * Loose, because other names get an error of their own below: a key made without the limits that its maker asked for
 * would be too wide. Lengths are checked where the row is written.
 */
const createInput = z.looseObject({
  name: z.string('must be a text').refine((name) => name.trim() !== '', 'must not be blank'),
  role: z.unknown().optional().describe('Required: one of your own roles, by its name or as {"name": …}'),
  expiresIn: z.unknown().optional().describe('"30d", "12h", a number of seconds, or "never"'),
  expiresAt: z.unknown().optional().describe('Instead of expiresIn: an ISO 8601 date'),
  description: z.string('must be a text').nullable().optional(),
  enabled: z.boolean('must be true or false').optional(),
  ...limitsInput,
})

/** @throws 400 READONLY_FIELD or UNKNOWN_FIELD, one entry for each fault */
function refuseOtherNames(body: object): void {
  const faults = Object.keys(body)
    .filter((name) => !Object.hasOwn(createInput.shape, name))
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

const shownOnce = { 'Cache-Control': 'no-store' }

const create = ({ keys, events }: ActionParts) =>
  defineAction({
    summary: 'Make an API key for one of your own roles; the token is shown this once',
    document: { answer: { form: 'record', also: z.object({ token: z.string() }) } },
    input: createInput,
    run: async (call) => {
      const owner = signedInOwner(call)
      refuseOtherNames(call.input)
      const key = await keys.mint(owner, call.input, call.db)
      await events.record('created', named([key]), call, call.db)
      return new Reply({ data: key }, 200, shownOnce)
    },
  })

const graceProblem = 'must be a whole number of seconds from 0 to 604800'
const rotateInput = z.object({
  graceSeconds: z.int(graceProblem).min(0, graceProblem).max(604_800, graceProblem).default(0),
})

const rotatedForm = z.object({
  token: z.string(),
  previous: z.object({ id: z.int(), expiresAt: z.iso.datetime() }),
})

/** Whoever rotates a key gets a token: only root gets those of others, who could make one for himself as well. */
const rotate = ({ keys, events, forget }: ActionParts) =>
  defineAction({
    summary: 'Make a key like this one, whose time is then up at once or after a while; the token is shown this once',
    input: rotateInput,
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

import {
  credentialOptions,
  graceOf,
  harmless,
  idOf,
  lifeOf,
  limitsOf,
  requireRole,
  spanOf,
  userIdOf,
  wire,
  type Clock,
  type CommandOption,
  type CommandResult,
  type CommandSpec,
  type DatabaseHandle,
  type EventRecords,
  type UsageRecords,
} from '@postern/core'
import { noSuchKey, text } from './command-input.js'
import { named, recordRevoked } from './events.js'
import type { KeyRecord, MintedKey } from './key-record.js'
import type { KeyService } from './key-service.js'

interface CommandParts {
  readonly db: DatabaseHandle
  readonly clock: Clock
  readonly keys: KeyService
  readonly usage: UsageRecords
  readonly events: EventRecords
  /** Makes every node forget what it knows of these keys. */
  readonly forget: (ids: readonly number[], db: DatabaseHandle) => Promise<void>
}

const line = ({ id, name, roleName, enabled, expiresAt, lastFour, lastUsedAt }: KeyRecord): string =>
  [
    ...[id, harmless(name), roleName, enabled ? 'on' : 'off', expiresAt ?? 'never', `…${lastFour}`],
    lastUsedAt ?? 'not used',
  ].join('\t')

const idArgument = [{ name: '<id>', description: 'the id of the key, from `postern key list`' }] as const
const quiet: CommandOption = { flags: '--quiet', description: 'print only the token' }

/** The one time that a token is shown. */
function shownOnce(key: MintedKey, told: string, json: object, isQuiet: unknown): CommandResult {
  const until = key.expiresAt ?? 'it is revoked'
  const line = `Key ${key.id} "${harmless(key.name)}" for the role "${key.roleName}", until ${until}. ${told}It is shown this once:`
  return { json: { key, ...json }, text: isQuiet === true ? key.token : `${line}\n${key.token}` }
}

const createCommand = ({ db, keys, events }: CommandParts): CommandSpec => ({
  summary: 'Make an API key; the token is shown this once',
  options: [
    { flags: '--user <account>', description: 'whose key: an e-mail address or a user name', required: true },
    { flags: '--role <role>', description: 'one of the roles that the user holds', required: true },
    ...credentialOptions,
    quiet,
  ],
  example: 'postern key create --user ann@example.com --role "To Dos API Role" --name cron --expires 30d',
  run: async ({ options }) => {
    const userId = await userIdOf(text(options['user']), db)
    // Who runs commands may know which roles there are, unlike who calls over HTTP.
    await requireRole(text(options['role']), db)
    const name = text(options['name'])
    if (name.trim() === '') throw wire.INVALID_VALUE({ problem: 'name must not be blank' }).at('name')
    const description = options['description'] === undefined ? null : text(options['description'])
    const life = lifeOf(options['expires'])
    const input = { name, description, role: options['role'], ...life, ...limitsOf(options) }
    const key = await db.transaction(async (transaction) => {
      const made = await keys.mint({ userId }, input, transaction)
      await events.record('created', named([made]), undefined, transaction)
      return made
    })
    return shownOnce(key, '', {}, options['quiet'])
  },
})

const head = ['id', 'name', 'role', 'state', 'expires', 'key', 'last used'].join('\t')

const listCommand = ({ db, clock, keys }: CommandParts): CommandSpec => ({
  summary: 'List API keys, without their secrets',
  options: [
    { flags: '--user <account>', description: 'only those of this user' },
    { flags: '--expiring <time>', description: 'only those that end within this time, such as 7d' },
  ],
  example: 'postern key list --user ann@example.com --expiring 7d',
  run: async ({ options }) => {
    const span = spanOf(options['expiring'])
    const which = {
      ...(options['user'] === undefined ? {} : { userId: await userIdOf(text(options['user']), db) }),
      ...(span === undefined ? {} : { endingBefore: clock.now() + span }),
    }
    const found = await keys.list(which, db)
    return { json: { keys: found }, text: [head, ...found.map(line)].join('\n') }
  },
})

const showCommand = ({ db, keys }: CommandParts): CommandSpec => ({
  summary: 'Show an API key, without its secret',
  arguments: idArgument,
  example: 'postern key show 7',
  run: async ({ arguments: [given = ''] }) => {
    const key = await keys.find(idOf(given), db)
    if (!key) throw noSuchKey(given)
    const lines = Object.entries(key).map(([name, value]) => {
      const shown = typeof value === 'string' ? harmless(value) : JSON.stringify(value)
      return `${name}\t${shown}`
    })
    return { json: { key }, text: lines.join('\n') }
  },
})

const revokeCommand = ({ db, keys, events, forget }: CommandParts): CommandSpec => ({
  summary: 'Revoke an API key: it is refused at the next request, on every node',
  arguments: idArgument,
  example: 'postern key revoke 7',
  run: async ({ arguments: [given = ''] }) => {
    const id = idOf(given)
    const ended = await db.transaction(async (transaction) => {
      // The number, not the text: `07` names the same key.
      await forget([id], transaction)
      const found = await keys.revoke({ id }, transaction)
      await recordRevoked(found, undefined, events, transaction)
      return found
    })
    if (ended.length === 0) throw noSuchKey(given)
    return { json: { revoked: id }, text: `Key ${id} is revoked.` }
  },
})

const rotateCommand = ({ db, keys, events, forget }: CommandParts): CommandSpec => ({
  summary: 'Make a key like this one, whose time is then up; the token is shown this once',
  arguments: idArgument,
  options: [{ flags: '--grace <seconds>', description: 'how long the old key works beside the new one' }, quiet],
  example: 'postern key rotate 7 --grace 3600',
  run: async ({ arguments: [given = ''], options }) => {
    const id = idOf(given)
    const grace = graceOf(options['grace'])
    const { key, previous } = await db.transaction(async (transaction) => {
      if (!(await keys.find(id, transaction))) throw noSuchKey(given)
      const rotation = await keys.rotate(id, grace, transaction)
      const { createdById: ownerId } = rotation.key
      await events.record('rotated', [{ id, ownerId }], undefined, transaction)
      await events.record('created', named([rotation.key]), undefined, transaction)
      await forget([id], transaction)
      return rotation
    })
    return shownOnce(key, `Key ${previous.id} ends at ${previous.expiresAt}. `, { previous }, options['quiet'])
  },
})

const usageCommand = ({ db, keys, usage }: CommandParts): CommandSpec => ({
  summary: 'Say how often an API key was used, day by day',
  arguments: idArgument,
  example: 'postern key usage 7',
  run: async ({ arguments: [given = ''] }) => {
    const id = idOf(given)
    if (!(await keys.find(id, db))) throw noSuchKey(given)
    const used = await usage.of(id, db)
    const { lastUsedAt, lastUsedFrom: from, total, days } = used
    const last = lastUsedAt === null ? 'not used' : `last used at ${lastUsedAt} from ${from?.address ?? '–'}`
    const client = from?.client ? ` with ${harmless(from.client)}` : ''
    const lines = days.map(({ date, requests, byStatus }) =>
      [date, requests, byStatus['2xx'], byStatus['4xx'], byStatus['5xx']].join('\t'),
    )
    const told = `Key ${id}: ${total} ${total === 1 ? 'request' : 'requests'}, ${last}${client}`
    return {
      json: { usage: used },
      text: [told, ['day', 'requests', '2xx', '4xx', '5xx'].join('\t'), ...lines].join('\n'),
    }
  },
})

export const keyCommands = (parts: CommandParts): Readonly<Record<string, CommandSpec>> => ({
  'key create': createCommand(parts),
  'key list': listCommand(parts),
  'key show': showCommand(parts),
  'key revoke': revokeCommand(parts),
  'key rotate': rotateCommand(parts),
  'key usage': usageCommand(parts),
})

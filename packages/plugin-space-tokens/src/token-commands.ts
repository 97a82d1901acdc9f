import {
  credentialOptions,
  graceOf,
  harmless,
  idOf,
  lifeOf,
  limitsOf,
  userIdOf,
  wire,
  type CommandOption,
  type CommandResult,
  type CommandSpec,
  type DatabaseHandle,
  type EventRecords,
} from '@postern/core'
import { noSuch, spaceOf, text } from './command-parts.js'
import type { MintedToken, TokenRecord } from './token-record.js'
import type { TokenService } from './token-service.js'

export interface TokenCommandParts {
  readonly db: DatabaseHandle
  readonly tokens: TokenService
  readonly events: EventRecords
  /** Makes every node forget what it knows of these tokens. */
  readonly forget: (ids: readonly number[], db: DatabaseHandle) => Promise<void>
}

const quiet: CommandOption = { flags: '--quiet', description: 'print only the token' }
const idArgument = [{ name: '<id>', description: 'the id of the token, from `postern token list`' }] as const
const named = ({ id, createdById: ownerId }: TokenRecord) => [{ id, ownerId }]

/** The one time that a token is shown. */
function shownOnce(token: MintedToken, told: string, json: object, isQuiet: unknown): CommandResult {
  const until = token.expiresAt ?? 'it is revoked'
  const line = `Token ${token.id} "${harmless(token.name)}" for space ${token.spaceId}, until ${until}. ${told}It is shown this once:`
  return { json: { ...json, token }, text: isQuiet === true ? token.token : `${line}\n${token.token}` }
}

const create = ({ db, tokens, events }: TokenCommandParts): CommandSpec => ({
  summary: 'Make a space token; it is shown this once',
  options: [
    { flags: '--space <space>', description: 'the id or the name of the space', required: true },
    { flags: '--user <account>', description: 'the member that it acts as: an address or a user name', required: true },
    ...credentialOptions,
    quiet,
  ],
  example: 'postern token create --space Marketing --user ann@example.com --name dashboard --read-only',
  run: async ({ options }) => {
    const userId = await userIdOf(text(options['user']), db)
    const space = await spaceOf(text(options['space']), db)
    const name = text(options['name'])
    if (name.trim() === '') throw wire.INVALID_VALUE({ problem: 'name must not be blank' }).at('name')
    const description = options['description'] === undefined ? null : text(options['description'])
    const input = { name, description, ...lifeOf(options['expires']), ...limitsOf(options) }
    const token = await db.transaction(async (transaction) => {
      const made = await tokens.mint({ userId, spaceId: space.id }, input, transaction)
      await events.record('created', named(made), undefined, transaction)
      return made
    })
    return shownOnce(token, '', {}, options['quiet'])
  },
})

const line = ({ id, name, enabled, expiresAt, lastFour, lastUsedAt }: TokenRecord): string =>
  [id, harmless(name), enabled ? 'on' : 'off', expiresAt ?? 'never', `…${lastFour}`, lastUsedAt ?? 'not used'].join(
    '\t',
  )

const list = ({ db, tokens }: TokenCommandParts): CommandSpec => ({
  summary: 'List the tokens of a space, without their secrets',
  options: [{ flags: '--space <space>', description: 'the id or the name of the space', required: true }],
  example: 'postern token list --space Marketing',
  run: async ({ options }) => {
    const found = await tokens.list((await spaceOf(text(options['space']), db)).id, db)
    const head = ['id', 'name', 'state', 'expires', 'token', 'last used'].join('\t')
    return { json: { tokens: found }, text: [head, ...found.map(line)].join('\n') }
  },
})

const revoke = ({ db, tokens, events, forget }: TokenCommandParts): CommandSpec => ({
  summary: 'Revoke a space token: it is refused at the next request, on every node',
  arguments: idArgument,
  example: 'postern token revoke 7',
  run: async ({ arguments: [given = ''] }) => {
    const id = idOf(given)
    await db.transaction(async (transaction) => {
      const token = await tokens.find(id, transaction)
      if (!token || !(await tokens.revoke(id, transaction))) throw noSuch('token', given)
      await events.record('revoked', named(token), undefined, transaction)
      await forget([id], transaction)
    })
    return { json: { revoked: id }, text: `Token ${id} is revoked.` }
  },
})

const rotate = ({ db, tokens, events, forget }: TokenCommandParts): CommandSpec => ({
  summary: 'Make a token like this one, whose time is then up; it is shown this once',
  arguments: idArgument,
  options: [{ flags: '--grace <seconds>', description: 'how long the old token works beside the new one' }, quiet],
  example: 'postern token rotate 7 --grace 3600',
  run: async ({ arguments: [given = ''], options }) => {
    const id = idOf(given)
    const grace = graceOf(options['grace'])
    const { token, previous } = await db.transaction(async (transaction) => {
      const old = await tokens.find(id, transaction)
      if (!old) throw noSuch('token', given)
      const rotation = await tokens.rotate(id, grace, transaction)
      await events.record('rotated', named(old), undefined, transaction)
      await events.record('created', named(rotation.token), undefined, transaction)
      await forget([id], transaction)
      return rotation
    })
    return shownOnce(token, `Token ${id} works until ${previous.expiresAt}. `, { previous }, options['quiet'])
  },
})

export const tokenCommands = (parts: TokenCommandParts): Readonly<Record<string, CommandSpec>> => ({
  'token create': create(parts),
  'token list': list(parts),
  'token revoke': revoke(parts),
  'token rotate': rotate(parts),
})

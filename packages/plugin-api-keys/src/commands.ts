import { wire, type CommandSpec, type DatabaseHandle } from '@postern/core'
import type { KeyRecord } from './key-record.js'
import type { KeyService } from './key-service.js'

interface CommandParts {
  readonly db: DatabaseHandle
  readonly keys: KeyService
  /** Makes every node forget what it knows of these keys. */
  readonly forget: (ids: readonly number[], db: DatabaseHandle) => Promise<void>
}

/** @throws 404 */
async function userIdOf(account: string, db: DatabaseHandle): Promise<number> {
  const { rows } = await db.sql`SELECT id FROM users WHERE email = ${account.toLowerCase()} OR username = ${account}`
  if (!rows[0]) throw wire.NOT_FOUND({ hint: `: there is no user "${account}"` })
  return Number(rows[0]['id'])
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
/** Whoever makes a key names it; control characters in a name must not reach the terminal of whoever reads it. */
const harmless = (name: string): string => name.replace(/\p{Cc}/gu, '\u{FFFD}')
const line = ({ id, name, roleName, enabled, expiresAt, lastFour }: KeyRecord): string =>
  [id, harmless(name), roleName, enabled ? 'on' : 'off', expiresAt ?? 'never', `…${lastFour}`].join('\t')

const createCommand = ({ db, keys }: CommandParts): CommandSpec => ({
  summary: 'Make an API key; the token is shown this once',
  options: [
    { flags: '--user <account>', description: 'whose key: an e-mail address or a user name', required: true },
    { flags: '--role <role>', description: 'one of the roles that the user holds', required: true },
    { flags: '--name <text>', description: 'what the key is for', required: true },
    { flags: '--expires <time>', description: 'such as 30d, 12h or never' },
    { flags: '--quiet', description: 'print only the token' },
  ],
  example: 'postern key create --user ann@example.com --role "To Dos API Role" --name cron --expires 30d',
  run: async ({ options }) => {
    const userId = await userIdOf(text(options['user']), db)
    const name = text(options['name'])
    if (name.trim() === '') throw wire.INVALID_VALUE({ problem: 'name must not be blank' }).at('name')
    const input = { name, role: options['role'], expiresIn: options['expires'] }
    const key = await db.transaction((transaction) => keys.mint({ userId }, input, transaction))
    const until = key.expiresAt ?? 'it is revoked'
    const told = `Key ${key.id} "${harmless(key.name)}" for the role "${key.roleName}", until ${until}. It is shown this once:`
    return { json: { key }, text: options['quiet'] === true ? key.token : `${told}\n${key.token}` }
  },
})

const listCommand = ({ db, keys }: CommandParts): CommandSpec => ({
  summary: 'List API keys, without their secrets',
  options: [{ flags: '--user <account>', description: 'only those of this user' }],
  example: 'postern key list --user ann@example.com',
  run: async ({ options }) => {
    const userId = options['user'] === undefined ? undefined : await userIdOf(text(options['user']), db)
    const found = await keys.list(userId === undefined ? {} : { userId }, db)
    return {
      json: { keys: found },
      text: [['id', 'name', 'role', 'state', 'expires', 'key'].join('\t'), ...found.map(line)].join('\n'),
    }
  },
})

const revokeCommand = ({ db, keys, forget }: CommandParts): CommandSpec => ({
  summary: 'Revoke an API key: it is refused at the next request, on every node',
  arguments: [{ name: '<id>', description: 'the id of the key, from `npx postern key list`' }],
  example: 'postern key revoke 7',
  run: async ({ arguments: [given = ''] }) => {
    const id = /^\d{1,15}$/.test(given) ? Number(given) : 0
    const isRevoked = await db.transaction(async (transaction) => {
      // The number, not the text: `07` names the same key.
      await forget([id], transaction)
      return (await keys.revoke({ id }, transaction)).length > 0
    })
    if (!isRevoked) throw wire.NOT_FOUND({ hint: `: there is no key "${given}"` })
    return { json: { revoked: id }, text: `Key ${id} is revoked.` }
  },
})

export const keyCommands = (parts: CommandParts): Readonly<Record<string, CommandSpec>> => ({
  'key create': createCommand(parts),
  'key list': listCommand(parts),
  'key revoke': revokeCommand(parts),
})

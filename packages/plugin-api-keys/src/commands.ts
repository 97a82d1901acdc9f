import { wire, type CommandSpec, type DatabaseHandle } from '@postern/core'
import { apiKeys } from './collection.js'
import { credentialIdOf, shown, type KeyRecord, type KeyService } from './key-service.js'

interface CommandParts {
  readonly db: DatabaseHandle
  readonly keys: KeyService
  readonly forget: (credentialIds: readonly string[], db: DatabaseHandle) => Promise<void>
}

/** @throws 404 */
async function userId(account: string, db: DatabaseHandle): Promise<number> {
  const { rows } = await db.sql`SELECT id FROM users WHERE email = ${account.toLowerCase()} OR username = ${account}`
  if (!rows[0]) throw wire.NOT_FOUND({ hint: `: there is no user "${account}"` })
  return Number(rows[0]['id'])
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const line = ({ id, name, roleName, enabled, expiresAt, lastFour }: KeyRecord): string =>
  [id, name, roleName, enabled ? 'on' : 'off', expiresAt ?? 'never', `…${lastFour}`].join('\t')

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
    const owner = await userId(text(options['user']), db)
    const key = await db.transaction((transaction) =>
      keys.mint(
        owner,
        { name: text(options['name']), role: options['role'], expiresIn: options['expires'] },
        transaction,
      ),
    )
    const told = `Key ${key.id} "${key.name}" for the role "${key.roleName}", until ${key.expiresAt ?? 'it is revoked'}. It is shown this once:`
    return { json: { key }, text: options['quiet'] === true ? key.token : `${told}\n${key.token}` }
  },
})

const listCommand = ({ db }: CommandParts): CommandSpec => ({
  summary: 'List API keys, without their secrets',
  options: [{ flags: '--user <account>', description: 'only those of this user' }],
  example: 'postern key list --user ann@example.com',
  run: async ({ options }) => {
    const filter = options['user'] === undefined ? {} : { createdById: await userId(text(options['user']), db) }
    const keys = (await db.repository(apiKeys).find({ filter })).map(shown)
    return {
      json: { keys },
      text: [['id', 'name', 'role', 'state', 'expires', 'key'].join('\t'), ...keys.map(line)].join('\n'),
    }
  },
})

const revokeCommand = ({ db, forget }: CommandParts): CommandSpec => ({
  summary: 'Revoke an API key: it is refused at the next request, on every node',
  arguments: [{ name: '<id>', description: 'the id of the key, from `postern key list`' }],
  example: 'postern key revoke 7',
  run: async ({ arguments: [id = ''] }) => {
    const revoked = await db.transaction(async (transaction) => {
      const count = /^\d{1,15}$/.test(id)
        ? await transaction.repository(apiKeys).destroy({ filter: { id: Number(id) } })
        : 0
      await forget([credentialIdOf(id)], transaction)
      return count
    })
    if (revoked === 0) throw wire.NOT_FOUND({ hint: `: there is no key "${id}"` })
    return { json: { revoked: Number(id) }, text: `Key ${id} is revoked.` }
  },
})

export const keyCommands = (parts: CommandParts): Readonly<Record<string, CommandSpec>> => ({
  'key create': createCommand(parts),
  'key list': listCommand(parts),
  'key revoke': revokeCommand(parts),
})

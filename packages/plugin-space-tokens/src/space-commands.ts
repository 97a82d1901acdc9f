import { harmless, userIdOf, type CommandSpec, type DatabaseHandle } from '@postern/core'
import { spaceMembers, spaces } from './collections.js'
import { memberOf, refuseLastOwner, roleGiven, spaceOf, text } from './command-parts.js'
import { concernedBy } from './memberships.js'

export interface SpaceCommandParts {
  readonly db: DatabaseHandle
  readonly forgetUsers: (userIds: readonly number[], db: DatabaseHandle) => Promise<void>
}

const spaceArgument = { name: '<space>', description: 'the id or the name of the space, from `postern space list`' }
const accountArgument = { name: '<account>', description: 'an e-mail address or a user name' }

const create = ({ db, forgetUsers }: SpaceCommandParts): CommandSpec => ({
  summary: 'Make a space',
  arguments: [{ name: '<name>', description: 'what it is called' }],
  options: [
    { flags: '--owner <account>', description: 'whose it is: an e-mail address or a user name', required: true },
  ],
  example: 'postern space create Marketing --owner ann@example.com',
  run: async ({ arguments: [name = ''], options }) => {
    const userId = await userIdOf(text(options['owner']), db)
    const space = await db.transaction(async (transaction) => {
      const made = await transaction.repository(spaces).create({ name, createdById: userId, updatedById: userId })
      const owner = { spaceId: made.id, userId, role: 'owner', createdById: userId, updatedById: userId } as const
      await transaction.repository(spaceMembers).create(owner)
      await forgetUsers(await concernedBy([made.id], transaction), transaction)
      return { id: made.id, name: made.name, createdAt: made.createdAt, createdById: userId }
    })
    return { json: { space }, text: `Space ${space.id} "${harmless(space.name)}" is there.` }
  },
})

const list = ({ db }: SpaceCommandParts): CommandSpec => ({
  summary: 'List the spaces',
  example: 'postern space list',
  run: async () => {
    const { rows } = await db.sql`
      SELECT spaces.id, name, spaces."createdAt", count(members.id) AS members FROM spaces
      LEFT JOIN "spaceMembers" AS members ON members."spaceId" = spaces.id
      WHERE "deletedAt" IS NULL GROUP BY spaces.id ORDER BY spaces.id`
    const lines = rows.map(({ id, name, members }) => [id, harmless(String(name)), members].join('\t'))
    return { json: { spaces: rows }, text: [['id', 'name', 'members'].join('\t'), ...lines].join('\n') }
  },
})

const addMember = ({ db, forgetUsers }: SpaceCommandParts): CommandSpec => ({
  summary: 'Make a user a member of a space, or change what he is there',
  arguments: [spaceArgument, accountArgument],
  options: [{ flags: '--role <role>', description: 'viewer, editor, admin or owner', required: true }],
  example: 'postern space member add Marketing ben@example.com --role editor',
  run: async ({ arguments: [given = '', account = ''], options }) => {
    const role = roleGiven(options['role'])
    const userId = await userIdOf(account, db)
    const space = await spaceOf(given, db)
    const member = await db.transaction(async (transaction) => {
      const members = transaction.repository(spaceMembers)
      const there = await members.findOne({ filter: { spaceId: space.id, userId } })
      if (there && role !== 'owner')
        await refuseLastOwner(space.id, { id: there.id, userId, role: there.role }, transaction)
      const filter = { spaceId: space.id, userId }
      if (there) await members.update({ filter, values: { role } })
      else await members.create({ ...filter, role })
      await forgetUsers([userId], transaction)
      return { spaceId: space.id, userId, role }
    })
    return { json: { member }, text: `${account} is ${role} of "${harmless(space.name)}".` }
  },
})

const removeMember = ({ db, forgetUsers }: SpaceCommandParts): CommandSpec => ({
  summary: 'Take a user out of a space; his tokens for it end',
  arguments: [spaceArgument, accountArgument],
  example: 'postern space member remove Marketing ben@example.com',
  run: async ({ arguments: [given = '', account = ''] }) => {
    const space = await spaceOf(given, db)
    const removed = await db.transaction(async (transaction) => {
      const member = await memberOf(space.id, account, transaction)
      await refuseLastOwner(space.id, member, transaction)
      await transaction.repository(spaceMembers).destroy({ filter: { id: member.id } })
      await forgetUsers([member.userId], transaction)
      return { spaceId: space.id, userId: member.userId }
    })
    return { json: { removed }, text: `${account} is no longer a member of "${harmless(space.name)}".` }
  },
})

export const spaceCommands = (parts: SpaceCommandParts): Readonly<Record<string, CommandSpec>> => ({
  'space create': create(parts),
  'space list': list(parts),
  'space member add': addMember(parts),
  'space member remove': removeMember(parts),
})

import {
  credentialEventFields,
  credentialEventOptions,
  credentialFields,
  defineCollection,
  defineMigration,
  f,
  watchCredentials,
} from '@postern/core'
import { spaceRoles } from './roles.js'

declare module '@postern/core' {
  interface PluginCollectionOptions {
    /** Each record is in one space, and seen there only. */
    readonly spaced?: boolean
  }
}

/** The option that divides a collection, and the field that it brings. */
export const spaced = 'spaced'
export const spaceField = 'spaceId'

export const spaces = defineCollection(
  'spaces',
  {
    name: f.string({ maxLength: 255, pattern: '\\S' }),
    /** Deleted, and restorable for a while. */
    deletedAt: f.datetime({ hidden: true, readOnly: true, index: true }).maybe(),
    members: f.hasMany('spaceMembers', { foreignKey: 'spaceId', onDelete: 'CASCADE', hidden: true }),
  },
  { title: 'Spaces' },
)

export const spaceMembers = defineCollection(
  'spaceMembers',
  {
    spaceId: f.bigInt({ readOnly: true, index: true }),
    userId: f.bigInt({ index: true }),
    role: f.enum(spaceRoles),
  },
  { title: 'Members of spaces' },
)

/** Tokens. `createdById` is the maker, for whom a token stands; of the token itself only a hash is kept. */
export const spaceTokens = defineCollection(
  'spaceTokens',
  {
    ...credentialFields,
    spaceId: f.bigInt({ readOnly: true, index: true }),
    /** The token that took this one's place. */
    rotatedToId: f.bigInt({ hidden: true, readOnly: true }).maybe(),
  },
  { title: 'Space tokens', updatedBy: false, index: [['createdById']] },
)

/** What became of tokens; kept when the token is gone. */
export const spaceTokenEvents = defineCollection(
  'spaceTokenEvents',
  { ...credentialEventFields, tokenId: f.bigInt({ readOnly: true, index: true }) },
  { ...credentialEventOptions, title: 'What became of space tokens' },
)

/** What goes with a user or a space goes in the database, also when somebody deletes a row with SQL. */
export const spaceReferences = defineMigration({
  name: '0001-space-references',
  up: async ({ run }) => {
    const statements = [
      `ALTER TABLE "spaceMembers" ADD CONSTRAINT "spaceMembers_once" UNIQUE ("spaceId", "userId")`,
      `ALTER TABLE "spaceMembers" ADD CONSTRAINT "spaceMembers_user" FOREIGN KEY ("userId") REFERENCES users (id) ON DELETE CASCADE`,
      `ALTER TABLE "spaceTokens" ADD CONSTRAINT "spaceTokens_space" FOREIGN KEY ("spaceId") REFERENCES spaces (id) ON DELETE CASCADE`,
      `ALTER TABLE "spaceTokens" ADD CONSTRAINT "spaceTokens_maker" FOREIGN KEY ("createdById") REFERENCES users (id) ON DELETE CASCADE`,
      `ALTER TABLE "spaceTokens" ALTER COLUMN "enabled" SET DEFAULT true, ALTER COLUMN "readOnly" SET DEFAULT false,
        ALTER COLUMN "allowedIps" SET DEFAULT '[]'`,
    ]
    for (const text of statements) await run({ text, values: [] })
  },
})

/** What is changed past the server is in force on every node as well. */
export const spaceWatch = watchCredentials(
  '0002-space-watch',
  { table: 'spaceMembers', of: { users: 'userId' }, columns: ['spaceId', 'userId', 'role'] },
  {
    table: 'spaceTokens',
    of: { credentials: 'spaceToken-' },
    columns: [
      ...['name', 'spaceId', 'createdById', 'enabled', 'expiresAt', 'tokenHash'],
      ...['scopes', 'readOnly', 'allowedIps', 'rateLimit'],
    ],
  },
)

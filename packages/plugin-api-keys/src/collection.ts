import { credentialFields, defineCollection, defineMigration, f, watchCredentials } from '@postern/core'

/** The keys. `createdById` is the owner; of the key itself only a hash is kept. */
export const apiKeys = defineCollection(
  'apiKeys',
  {
    ...credentialFields,
    roleName: f.string({ maxLength: 100, readOnly: true, index: true }),
    /** The token's `jti`: how the row is found. */
    jti: f.string({ maxLength: 64, unique: true, hidden: true, readOnly: true }),
    /** Which `APP_KEY` signed the token: a fingerprint that says nothing of the key. */
    signedBy: f.string({ maxLength: 64, hidden: true, readOnly: true }),
    /** The key that took this one's place. */
    rotatedToId: f.bigInt({ hidden: true, readOnly: true }).maybe(),
    /** Plugins were told that its end is near. */
    isEndTold: f.boolean({ hidden: true, readOnly: true }).default(false),
  },
  { title: 'API keys', updatedBy: false, index: [['createdById']] },
)

/**
 * A key goes with its owner and with its role, also when somebody deletes those with SQL. Otherwise a role that is made
 * anew under an old name would bring the keys of the old one back to life.
 */
export const keyReferences = defineMigration({
  name: '0001-api-key-references',
  up: async ({ run }) => {
    const statements = [
      `DELETE FROM "apiKeys" WHERE NOT EXISTS (SELECT FROM users WHERE users.id = "createdById")
        OR NOT EXISTS (SELECT FROM roles WHERE roles.name = "roleName")`,
      `ALTER TABLE "apiKeys" ADD CONSTRAINT "apiKeys_owner" FOREIGN KEY ("createdById") REFERENCES users (id) ON DELETE CASCADE`,
      `ALTER TABLE "apiKeys" ADD CONSTRAINT "apiKeys_role" FOREIGN KEY ("roleName") REFERENCES roles (name) ON DELETE CASCADE ON UPDATE CASCADE`,
    ]
    for (const text of statements) await run({ text, values: [] })
  },
})

/** Rows that come by SQL are as narrow as those that say nothing. */
export const keyDefaults = defineMigration({
  name: '0002-api-key-defaults',
  up: async ({ run }) => {
    await run({
      text: `ALTER TABLE "apiKeys" ALTER COLUMN "enabled" SET DEFAULT true, ALTER COLUMN "readOnly" SET DEFAULT false,
        ALTER COLUMN "allowedIps" SET DEFAULT '[]', ALTER COLUMN "isEndTold" SET DEFAULT false`,
      values: [],
    })
  },
})

const remembered = [
  ...['name', 'roleName', 'createdById', 'enabled', 'expiresAt', 'tokenHash', 'jti'],
  ...['scopes', 'readOnly', 'allowedIps', 'rateLimit'],
]

/** A row that is deleted or changed with SQL is in force on every node as well. */
export const keyWatch = watchCredentials('0003-api-key-watch', {
  table: 'apiKeys',
  of: { credentials: 'apiKey-' },
  columns: remembered,
})

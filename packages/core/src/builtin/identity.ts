import { defineCollection, type Collection } from '../database/collection.js'
import { watchCredentials, watchTable } from '../database/credential-watch.js'
import { defineMigration } from '../database/migrator.js'
import { f } from '../schema/f.js'

/** Who there is. The password is write-only: it is hashed before it is stored and never comes out. */
export const users = defineCollection(
  'users',
  {
    email: f.string({ title: 'E-mail address', maxLength: 254, unique: true, pattern: '^[^\\s@]+@[^\\s@]+$' }),
    /** Without `@`, so that it cannot be taken for somebody's address. */
    username: f.string({ maxLength: 100, unique: true, pattern: '^[^\\s@]+$' }).maybe(),
    nickname: f.string().maybe(),
    password: f.string({ hidden: true, minLength: 8, maxLength: 200 }),
    /** False: every credential of the user is refused. */
    enabled: f.boolean().default(true),
  },
  { title: 'Users' },
)

export const roles = defineCollection(
  'roles',
  {
    name: f.string({
      maxLength: 100,
      unique: true,
      pattern: '^[\\p{L}\\p{N}](?:[\\p{L}\\p{N} ._-]*[\\p{L}\\p{N}._-])?$',
    }),
    title: f.string().maybe(),
    description: f.text().maybe(),
  },
  { title: 'Roles', targetKey: 'name' },
)

/** Which roles a user holds. */
export const userRoles = defineCollection(
  'usersRoles',
  { userId: f.bigInt({ index: true }), roleName: f.string({ maxLength: 100, index: true }) },
  { internal: true, createdBy: false, updatedBy: false },
)

/** What a role may do. */
export const grants = defineCollection(
  'grants',
  {
    role: f.string({ maxLength: 100, index: true }),
    resource: f.string(),
    actions: f.array<string>(),
    fields: f.array<string>().maybe(),
    where: f.json<Readonly<Record<string, unknown>>>().maybe(),
  },
  { title: 'Grants' },
)

export const sessions = defineCollection(
  'sessions',
  {
    userId: f.bigInt({ index: true }),
    tokenHash: f.string({ maxLength: 64, unique: true, hidden: true }),
    expiresAt: f.datetime({ index: true }),
  },
  { internal: true, createdBy: false, updatedBy: false },
)

export const identityCollections: readonly Collection[] = [users, roles, userRoles, grants, sessions]

/** What goes with a user or a role goes in the database, also when somebody deletes a row with SQL. */
export const identityMigrations = [
  defineMigration({
    name: '0001-identity-references',
    up: async ({ run }) => {
      const statements = [
        `ALTER TABLE "usersRoles" ADD CONSTRAINT "usersRoles_user" FOREIGN KEY ("userId") REFERENCES users (id) ON DELETE CASCADE`,
        `ALTER TABLE "usersRoles" ADD CONSTRAINT "usersRoles_role" FOREIGN KEY ("roleName") REFERENCES roles (name) ON DELETE CASCADE ON UPDATE CASCADE`,
        `ALTER TABLE "usersRoles" ADD CONSTRAINT "usersRoles_once" UNIQUE ("userId", "roleName")`,
        `ALTER TABLE grants ADD CONSTRAINT grants_role FOREIGN KEY (role) REFERENCES roles (name) ON DELETE CASCADE ON UPDATE CASCADE`,
        `ALTER TABLE sessions ADD CONSTRAINT sessions_user FOREIGN KEY ("userId") REFERENCES users (id) ON DELETE CASCADE`,
      ]
      for (const text of statements) await run({ text, values: [] })
    },
  }),
  watchCredentials(
    '0002-identity-watch',
    { table: 'users', of: { users: 'id' }, columns: ['enabled'] },
    { table: 'usersRoles', of: { users: 'userId' }, columns: ['userId', 'roleName'] },
    { table: 'sessions', of: { credentials: 'session-' }, columns: ['userId', 'tokenHash', 'expiresAt'] },
  ),
  watchTable('0003-grants-watch', { table: 'grants', tells: 'grants' }),
]

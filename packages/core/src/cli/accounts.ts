import type { Application } from '../app/application.js'
import { wire } from '../kernel/wire-errors.js'
import { defineErrors } from '../kernel/errors.js'

export const cliErrors = defineErrors('CLI', {
  NO_USER: { status: 404, message: 'There is no user "{account}"', hint: '`postern user list` shows who there is.' },
  NO_ROLE: { status: 404, message: 'There is no role "{role}"', hint: '`postern role list` shows those there are.' },
  USAGE: { status: 400, message: '{problem}', hint: 'Add --help to see how the command is used.' },
})

/** The user with an address or a user name. @throws CLI_NO_USER */
export async function findUser(
  app: Application,
  account: string,
): Promise<{ readonly id: number; readonly email: string }> {
  const { rows } = await app.db.sql`
    SELECT id, email FROM users WHERE email = ${account.toLowerCase()} OR username = ${account} LIMIT 1`
  const [row] = rows
  if (!row) throw cliErrors.NO_USER({ account })
  return { id: Number(row['id']), email: String(row['email']) }
}

/** @throws CLI_NO_ROLE */
export async function requireRole(app: Application, role: string): Promise<void> {
  const { count } = await app.db.sql`SELECT 1 FROM roles WHERE name = ${role}`
  if (count === 0) throw cliErrors.NO_ROLE({ role })
}

/** The `data` of an answer, as an object or a list of objects. */
export function recordOf(body: unknown): Readonly<Record<string, unknown>> {
  const data: unknown = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return { ...data }
  throw wire.INTERNAL()
}

export function recordsOf(body: unknown): readonly Readonly<Record<string, unknown>>[] {
  const data: unknown = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  if (!Array.isArray(data)) throw wire.INTERNAL()
  return data.map((record: unknown) => (typeof record === 'object' && record !== null ? { ...record } : {}))
}

const whole = { params: { paginate: 'false' } }

/** Every record of a resource. */
export const listAll = async (app: Application, resource: string) =>
  recordsOf((await app.call(resource, 'list', whole)).body)

import type { Application } from '../app/application.js'
import { cliErrors } from './cli-errors.js'

interface Account {
  readonly id: number
  readonly email: string
}

/** The user with an address or a user name. A user name has no `@`, so one cannot be taken for the other. @throws CLI_NO_USER */
export async function findUser(app: Application, account: string): Promise<Account> {
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

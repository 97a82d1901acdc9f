import { administer, type Run } from '../administration.js'
import { announcePostgresql, givenDatabase } from './environment.js'

export type Finding =
  { readonly url: string; readonly reason?: never } | { readonly url?: never; readonly reason: string }

const usual = ['postgresql://root@127.0.0.1:5432/postgres', 'postgresql://postgres@127.0.0.1:5432/postgres']

async function problemWith(run: Run): Promise<string | undefined> {
  const [row] = await run(
    `SELECT current_setting('server_version_num')::int / 10000 AS major,
            (SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_create`,
  )
  const major = Number(row?.['major'])
  if (major < 14) return `it is PostgreSQL ${major}, and 14 or newer is needed`
  return row?.['may_create'] === true ? undefined : 'its user may not create databases'
}

/** Where a name has several addresses, node says nothing itself but keeps what each of them said. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}

async function attempt(url: string): Promise<Finding> {
  try {
    const problem = await administer(url, problemWith)
    return problem === undefined ? { url } : { reason: problem }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

/**
 * Finds a real PostgreSQL for the tests: `DATABASE_URL`, or the usual port of this machine. Answers within seconds.
 *
 * @throws Error when `DATABASE_URL` is set and does not serve: whoever asks for it must not get a run without it
 */
export async function findPostgresql(): Promise<Finding> {
  const given = givenDatabase()
  const reasons = new Set<string>()
  for (const url of given === undefined ? usual : [given]) {
    const finding = await attempt(url)
    announcePostgresql(finding.url)
    if (finding.url !== undefined) return finding
    reasons.add(finding.reason)
  }
  const reason = [...reasons].join('; ')
  if (given !== undefined) throw new Error(`The PostgreSQL of DATABASE_URL cannot be used for tests: ${reason}`)
  return { reason: `none answers on 127.0.0.1:5432 to root or postgres (${reason}), and DATABASE_URL is not set` }
}

import pg from 'pg'
import { defineErrors } from '../kernel/errors.js'
import { isError } from '../kernel/is-error.js'
import type { Executor } from './executor.js'
import type { Sight } from './sight.js'

const errors = defineErrors('DATABASE', {
  EXEMPT: {
    status: 503,
    message: 'The user "{user}" of the database is exempt from row-level security (BYPASSRLS)',
    hint: 'Divided collections need a user who is not: ALTER ROLE … NOBYPASSRLS, or another user in DATABASE_URL.',
  },
})

/** Prepared on every connection: sets a variable until the transaction ends, and returns no rows. */
export const setStatement = 'postern_sight'

/** SQLSTATE of a class that PostgreSQL leaves to others. */
const exempt = 'PT001'

/**
 * What every connection begins with. No policy holds for a superuser, so his connections go on as a role of our own which
 * is none: it has his tables, by membership, and not his exemption. It is made once in a cluster, and cannot sign in.
 */
const dropExemption = `DO $$
DECLARE
  confined text := left('postern_' || session_user, 63);
  place text := current_database();
  holder name;
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
    -- He cannot drop his exemption by himself: where there are policies, he must not go past them.
    IF (SELECT rolbypassrls FROM pg_roles WHERE rolname = session_user)
       AND EXISTS (SELECT FROM pg_policy WHERE polname = 'postern_open') THEN
      RAISE EXCEPTION USING ERRCODE = '${exempt}', MESSAGE = session_user;
    END IF;
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = confined) THEN
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS INHERIT', confined);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = confined AND (rolsuper OR rolbypassrls OR rolcanlogin)) THEN
    RAISE EXCEPTION 'The role % must not be able to sign in, nor be exempt from row-level security', confined;
  END IF;
  FOR holder IN
    SELECT rolname FROM pg_roles
    WHERE (rolname = session_user OR pg_roles.oid IN (
        SELECT relowner FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace WHERE nspname IN ('public', 'postern')
        UNION SELECT nspowner FROM pg_namespace WHERE nspname IN ('public', 'postern')
        UNION SELECT proowner FROM pg_proc JOIN pg_namespace AS space ON space.oid = pronamespace WHERE nspname = 'postern'))
      AND rolname <> confined AND NOT starts_with(rolname, 'pg_') AND NOT pg_has_role(confined, pg_roles.oid, 'USAGE')
  LOOP
    BEGIN
      EXECUTE format('GRANT %I TO %I', holder, confined);
    EXCEPTION WHEN OTHERS THEN
      -- Another connection did it at the same moment.
      IF NOT pg_has_role(confined, holder, 'USAGE') THEN RAISE; END IF;
    END;
  END LOOP;
  IF NOT has_database_privilege(confined, place, 'CREATE') OR NOT has_database_privilege(confined, place, 'TEMPORARY')
     OR NOT has_schema_privilege(confined, 'public', 'CREATE') THEN
    BEGIN
      EXECUTE format('GRANT ALL ON DATABASE %I TO %I', place, confined);
      EXECUTE format('GRANT ALL ON SCHEMA public TO %I', confined);
    EXCEPTION WHEN OTHERS THEN
      IF NOT has_database_privilege(confined, place, 'CREATE') OR NOT has_schema_privilege(confined, 'public', 'CREATE') THEN RAISE; END IF;
    END;
  END IF;
  PERFORM set_config('role', confined, false);
END $$`

const beginning = `${dropExemption};
PREPARE ${setStatement} (text, text) AS SELECT WHERE set_config($1, $2, true) IS NULL`

/** Makes a fresh connection one for which policies hold. @throws DATABASE_EXEMPT */
export async function begin(client: pg.Client): Promise<void> {
  try {
    await client.query(beginning)
  } catch (error) {
    if (isError(error) && 'code' in error && error.code === exempt) throw errors.EXEMPT({ user: error.message }, error)
    throw error
  }
}

/** BEGIN, and what the transaction sees, in one message. */
export const beginText = (sight: Sight = []): string =>
  sight.length === 0
    ? 'BEGIN'
    : `BEGIN; SELECT ${sight.map(({ name, value }) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, true)`).join(', ')}`

/** @throws DATABASE_EXEMPT where policies would not hold for the user, who is no superuser either */
export async function requireConfined({ run }: Executor): Promise<void> {
  const { rows } = await run({
    text: `SELECT current_user AS "user" FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)`,
    values: [],
  })
  if (rows[0]) throw errors.EXEMPT({ user: String(rows[0]['user']) })
}

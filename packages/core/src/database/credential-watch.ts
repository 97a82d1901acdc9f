import { defineMigration, type Migration } from './migrator.js'
import { quote, type Statement } from './sql.js'

/** Above so many names a message says: everything. */
const mostNames = 200

/**
 * What a trigger calls when rows of credentials, or of what they depend on, are changed or deleted by whomever: it tells
 * every node what to forget, with the commit. Arguments: `credentialIds` or `userIds`, a prefix of the names, the column
 * that names, and the columns that matter.
 */
export const credentialWatchFunction: Statement = {
  text: `
    CREATE OR REPLACE FUNCTION postern.credentials_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE
      names text[];
      what jsonb;
    BEGIN
      IF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT to_jsonb(gone) ->> TG_ARGV[2]) INTO names
        FROM (SELECT * FROM before_rows LIMIT ${mostNames + 1}) AS gone;
      ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(DISTINCT changed.name) INTO names FROM (
          SELECT to_jsonb(old_row) ->> TG_ARGV[2] AS name
          FROM before_rows AS old_row LEFT JOIN after_rows AS new_row ON new_row.id = old_row.id
          WHERE EXISTS (SELECT FROM generate_series(3, TG_NARGS - 1) AS place
            WHERE to_jsonb(old_row) -> TG_ARGV[place] IS DISTINCT FROM to_jsonb(new_row) -> TG_ARGV[place])
          LIMIT ${mostNames + 1}) AS changed;
      END IF;
      IF names IS NULL AND TG_OP <> 'TRUNCATE' THEN RETURN NULL; END IF;
      IF TG_OP = 'TRUNCATE' OR cardinality(names) > ${mostNames} THEN
        what := '{"all": true}';
      ELSIF TG_ARGV[0] = 'userIds' THEN
        what := jsonb_build_object('userIds', to_jsonb(names::bigint[]));
      ELSE
        SELECT jsonb_build_object('credentialIds', jsonb_agg(TG_ARGV[1] || name)) INTO what FROM unnest(names) AS name;
      END IF;
      PERFORM pg_notify('postern', jsonb_build_object('id', '', 'from', '', 'channel', 'credentials', 'data', what)::text);
      RETURN NULL;
    END $body$`,
  values: [],
}

interface Watch {
  readonly table: string
  /** What the rows are: credentials, whose id behind the prefix is the principal's `credentialId`; or a user's. */
  readonly of: { readonly credentials: string } | { readonly users: string }
  /** A change of one of these columns makes what nodes remember untrue. */
  readonly columns: readonly string[]
}

function statementsOf({ table, of, columns }: Watch): readonly string[] {
  const [what, prefix, key] = 'users' in of ? ['userIds', '', of.users] : ['credentialIds', of.credentials, 'id']
  const literals = [what, prefix, key, ...columns].map((text) => `'${text.replaceAll("'", "''")}'`)
  const call = `EXECUTE FUNCTION postern.credentials_changed(${literals.join(', ')})`
  const on = (event: string, referencing: string): readonly string[] => {
    const name = quote(`postern_credentials_${event.toLowerCase()}`)
    return [
      `DROP TRIGGER IF EXISTS ${name} ON ${quote(table)}`,
      `CREATE TRIGGER ${name} AFTER ${event} ON ${quote(table)} ${referencing} FOR EACH STATEMENT ${call}`,
    ]
  }
  return [
    ...on('DELETE', 'REFERENCING OLD TABLE AS before_rows'),
    ...on('UPDATE', 'REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows'),
    ...on('TRUNCATE', ''),
  ]
}

/**
 * A migration that makes the database itself tell every node to forget credentials whose rows are deleted or changed,
 * also when somebody does it with SQL, or when a row goes because another one went.
 *
 * @example
 * watchCredentials('0003-watch', { table: 'apiKeys', of: { credentials: 'apiKey-' }, columns: ['enabled', 'expiresAt'] })
 */
export const watchCredentials = (name: string, ...watches: readonly Watch[]): Migration =>
  defineMigration({
    name,
    up: async ({ run }) => {
      for (const text of watches.flatMap(statementsOf)) await run({ text, values: [] })
    },
  })

/** A trigger that tells every node the same, whoever changes a table: `channel`, and what is said there. */
function tellStatements(table: string, channel: string, data: string, columns: readonly string[]): readonly string[] {
  const call = `EXECUTE FUNCTION postern.tell_nodes('${channel}', '${data}')`
  const name = quote('postern_tell_nodes')
  const updated = columns.length === 0 ? 'UPDATE' : `UPDATE OF ${columns.map(quote).join(', ')}`
  return [
    `CREATE OR REPLACE FUNCTION postern.tell_nodes() RETURNS trigger LANGUAGE plpgsql AS $body$
      BEGIN
        PERFORM pg_notify('postern', jsonb_build_object(
          'id', '', 'from', '', 'channel', TG_ARGV[0], 'data', TG_ARGV[1]::jsonb)::text);
        RETURN NULL;
      END $body$`,
    `DROP TRIGGER IF EXISTS ${name} ON ${quote(table)}`,
    `CREATE TRIGGER ${name} AFTER INSERT OR DELETE OR TRUNCATE OR ${updated} ON ${quote(table)} FOR EACH STATEMENT ${call}`,
  ]
}

/**
 * A migration that makes the database tell every node to read grants anew, or to forget every credential, when rows of a
 * table are changed by whomever.
 *
 * @param columns those whose change matters; all when there are none
 */
export const watchTable = (
  name: string,
  { table, tells, columns = [] }: { table: string; tells: 'grants' | 'credentials'; columns?: readonly string[] },
): Migration =>
  defineMigration({
    name,
    up: async ({ run }) => {
      const data = tells === 'grants' ? 'null' : '{"all": true}'
      for (const text of tellStatements(table, tells, data, columns)) await run({ text, values: [] })
    },
  })

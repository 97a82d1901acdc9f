import pg from 'pg'
import { driverErrorUnder, type Refused } from './postgres-errors.js'
import type { Result } from './executor.js'
import type { Statement } from './sql.js'

/** The columns of an index, those in expressions last. */
const ofIndex = `
  SELECT ARRAY(
      SELECT attname::text FROM unnest(indkey::int2[]) WITH ORDINALITY AS part (number, place)
      JOIN pg_attribute ON attrelid = indrelid AND attnum = number WHERE place <= indnkeyatts ORDER BY place
    ) || CASE WHEN indexprs IS NULL THEN '{}' ELSE ARRAY(
      SELECT attname::text FROM pg_depend JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
      WHERE classid = 'pg_class'::regclass AND objid = indexrelid AND refclassid = 'pg_class'::regclass
        AND refobjid = indrelid AND NOT attnum = ANY (indkey::int2[]) ORDER BY attnum
    ) END AS "columns"
  FROM pg_index JOIN pg_class AS named ON named.oid = indexrelid JOIN pg_class AS held ON held.oid = indrelid
  JOIN pg_namespace AS space ON space.oid = held.relnamespace
  WHERE nspname = $1 AND held.relname = $2 AND named.relname = $3`

const ofForeignKey = `
  SELECT ARRAY(
      SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS part (number, place)
      JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place
    ) AS "columns"
  FROM pg_constraint JOIN pg_class AS held ON held.oid = conrelid JOIN pg_namespace AS space ON space.oid = held.relnamespace
  WHERE contype = 'f' AND nspname = $1 AND held.relname = $2 AND conname = $3`

const lookUps: Readonly<Record<string, string>> = {
  23505: ofIndex,
  '23P01': ofIndex,
  23503: ofForeignKey,
  23001: ofForeignKey,
}

/**
 * Asks the catalogue which columns a refused statement broke a constraint of.
 *
 * @param ask on another connection: in the transaction that failed nothing more can be asked
 */
export async function violatedBy(
  error: unknown,
  { text }: Statement,
  ask: (statement: Statement) => Promise<Result>,
): Promise<Refused> {
  const cause = driverErrorUnder(error)
  const lookUp = cause instanceof pg.DatabaseError ? lookUps[cause.code ?? ''] : undefined
  if (!(cause instanceof pg.DatabaseError) || lookUp === undefined) return { columns: [], text }
  const { schema, table, constraint } = cause
  if (schema === undefined || table === undefined || constraint === undefined) return { columns: [], text }
  try {
    const { rows } = await ask({ text: lookUp, values: [schema, table, constraint], quick: true, prepared: true })
    const columns: unknown = rows[0]?.['columns']
    return { columns: Array.isArray(columns) ? columns.map(String) : [], text }
  } catch {
    // What was refused is said all the same, without the column.
    return { columns: [], text }
  }
}

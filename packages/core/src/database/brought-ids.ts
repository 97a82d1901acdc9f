import type { Transaction } from './executor.js'
import { quote } from './sql.js'

/** Ids above it are kept, but no new record comes near them. */
const mostCounted = BigInt(Number.MAX_SAFE_INTEGER)

/** The highest of some ids that new ones could meet; undefined when there is none. */
function highestOf(ids: readonly unknown[]): bigint | undefined {
  const counted = ids.flatMap((id) => (typeof id === 'number' || typeof id === 'string' ? [BigInt(id)] : []))
  return counted
    .filter((id) => id > 0n && id <= mostCounted)
    .reduce<bigint | undefined>((most, id) => (most === undefined || id > most ? id : most), undefined)
}

/** Makes the ids of new records go on behind those that a caller brings along. */
export async function countBeyond({ run }: Transaction, table: string, ids: readonly unknown[]): Promise<void> {
  const highest = highestOf(ids)
  if (highest === undefined) return
  const sequence = `pg_get_serial_sequence($1, 'id')::regclass`
  const isBehind = {
    text: `SELECT coalesce(pg_sequence_last_value(${sequence}), 0) < $2::bigint AS "behind"`,
    values: [quote(table), highest.toString()],
  }
  const { rows } = await run(isBehind)
  if (rows[0]?.['behind'] !== true) return
  // Nobody else takes an id meanwhile: theirs could be one that comes behind.
  await run({ text: `LOCK TABLE ${quote(table)} IN SHARE ROW EXCLUSIVE MODE`, values: [] })
  await run({
    text: `SELECT setval(${sequence}, greatest(coalesce(pg_sequence_last_value(${sequence}), 0), $2::bigint))`,
    values: isBehind.values,
  })
}

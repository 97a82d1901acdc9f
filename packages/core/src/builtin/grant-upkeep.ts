import type { CompiledCollection } from '../database/collection.js'
import type { Transaction } from '../database/executor.js'

const namesOf = ({ fields, relations }: CompiledCollection): string[] => [...fields.keys(), ...relations.keys()]

/** Does a rule for rows speak of one of these, at whatever depth? */
const speaksOf = (names: ReadonlySet<string>, where: unknown): boolean =>
  typeof where === 'object' &&
  where !== null &&
  Object.entries(where).some(([key, value]) => names.has(key.split('.')[0] ?? '') || speaksOf(names, value))

/** What was granted on fields that are gone goes with them: a field that takes the name later inherits nothing. */
export async function dropFieldGrants(
  transaction: Transaction,
  before: CompiledCollection | undefined,
  after: CompiledCollection | undefined,
): Promise<void> {
  if (!before || !after) return
  const kept = new Set(namesOf(after))
  const gone = namesOf(before).filter((name) => !kept.has(name))
  if (gone.length === 0) return
  const { name } = after
  await transaction.run({
    text: `DELETE FROM grants WHERE resource = ANY($1::text[]) OR (resource = $2 AND fields <@ $3::jsonb AND jsonb_array_length(fields) > 0)`,
    values: [gone.map((field) => `${name}.${field}`), name, JSON.stringify(gone)],
  })
  await transaction.run({
    text: 'UPDATE grants SET fields = fields - $2::text[] WHERE resource = $1 AND fields ?| $2::text[]',
    values: [name, gone],
  })
  const names = new Set(gone)
  const { rows } = await transaction.run({
    text: 'SELECT id, "where" FROM grants WHERE resource = $1 AND "where" IS NOT NULL',
    values: [name],
  })
  const ids = rows.filter((row) => speaksOf(names, row['where'])).map((row) => row['id'])
  if (ids.length > 0) await transaction.run({ text: 'DELETE FROM grants WHERE id = ANY($1::bigint[])', values: [ids] })
}

/** The same for a collection, and for its relations. */
export const dropCollectionGrants = (transaction: Transaction, name: string): Promise<unknown> =>
  transaction.run({
    text: `DELETE FROM grants WHERE resource = $1 OR starts_with(resource, $1 || '.')`,
    values: [name],
  })

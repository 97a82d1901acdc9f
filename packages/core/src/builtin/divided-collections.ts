import { z } from 'zod'
import type { CollectionRegistry } from '../database/collection-registry.js'
import type { Transaction } from '../database/executor.js'
import { ensurePartKey } from '../database/foreign-keys.js'
import type { Partition } from '../database/partition.js'
import type { CollectionRecord } from '../database/runtime-collections.js'
import { quote } from '../database/sql.js'
import { ensureTable } from '../database/table.js'
import { ensureWallsAround } from '../database/divided-relations.js'
import { wire } from '../kernel/wire-errors.js'
import { compileRecord, rowCount } from './collection-changes.js'
import { newCollectionForm } from './documented-definition.js'
import { changesSchema, createSchema, optionsSchema } from './collection-definition.js'

type Options = Readonly<Record<string, unknown>>

/** Options as they were sent: those that core knows, those of plugins, and what else a change of those needs. */
export interface SortedOptions {
  readonly own: Options
  /** Options of plugins, by name. */
  readonly plugins: ReadonlyMap<string, boolean>
  readonly rest: Options
}

type Shape = Readonly<Record<string, z.ZodType>>

/** Options of plugins that are on, for the input of an action: of a new collection, or of one that is there. */
function pluginShape({ options }: CollectionRegistry, isThere: boolean): Shape {
  const entries = options.entries().flatMap(([name, { field, of }]): [string, z.ZodType][] => {
    const option: [string, z.ZodType] = [name, z.boolean(`${name} must be true or false`).optional()]
    const part = z
      .union([z.number(), z.string()])
      .optional()
      .describe(`Which of ${of} takes the records that are there`)
    return isThere ? [option, [field, part]] : [option]
  })
  return Object.fromEntries(entries)
}

type Created = z.infer<typeof createSchema> & Options
type Changed = z.infer<typeof changesSchema> & Options

/** The input of `collections:create`, with the options of plugins that are on now. */
export const creation = (registry: CollectionRegistry): z.ZodType<Created> =>
  z.object({ ...createSchema.shape, ...pluginShape(registry, false) }).meta(newCollectionForm)

/** The same for `collections:update`. */
export const changes = (registry: CollectionRegistry): z.ZodType<Changed> =>
  z.object({ ...changesSchema.shape, ...pluginShape(registry, true) })

export function sortOptions(given: Options, { options }: CollectionRegistry): SortedOptions {
  const plugins = new Map<string, boolean>()
  const own: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (Object.hasOwn(optionsSchema.shape, name)) own[name] = value
    else if (options.get(name)) plugins.set(name, value === true)
    else rest[name] = value
  }
  return { own, plugins, rest }
}

/** Options of plugins that are on, as they are stored: with what they mean, which holds also when the plugin is off. */
export function storedOptions(plugins: ReadonlyMap<string, boolean>, registry: CollectionRegistry): Options {
  const set = [...plugins].flatMap(([name, isSet]) => (isSet ? [name] : []))
  const [partition] = set.flatMap((name) => registry.options.get(name) ?? [])
  return { ...Object.fromEntries(set.map((name) => [name, true])), ...(partition ? { partition } : {}) }
}

/** The part that takes the records which are there. @throws 400 INVALID_VALUE, 409 CONFLICT naming how many there are */
async function partOfRest(transaction: Transaction, table: string, partition: Partition, rest: Options) {
  const { field, of } = partition
  const { [field]: part } = rest
  if (part === undefined) {
    const rows = await rowCount(transaction, table)
    if (rows === 0) return undefined
    const records = rows === 1 ? '1 record' : `${rows} records`
    throw wire.CONFLICT({ problem: `"${table}" has ${records}; ${field} says which of ${of} takes them` }).at(field)
  }
  const { rows } = await transaction.run({
    text: `SELECT FROM ${quote(of)} WHERE id::text = $1`,
    values: [typeof part === 'number' || typeof part === 'string' ? String(part) : ''],
  })
  if (rows.length === 0)
    throw wire.INVALID_VALUE({ problem: `${field} refers to a record that is not there` }).at(field)
  return part
}

/**
 * Makes a collection that is there a divided one, or takes the same options again.
 *
 * @returns the options to store
 * @throws 409 where it would become one that is not divided: its records would be seen by more than before
 */
export async function changeOptions(
  transaction: Transaction,
  { name, definition }: Pick<CollectionRecord, 'name' | 'definition'>,
  { plugins, rest }: SortedOptions,
  registry: CollectionRegistry,
): Promise<Options> {
  for (const [option, isSet] of plugins) {
    if (isSet === (definition[option] === true)) continue
    if (!isSet) throw wire.CONFLICT({ problem: `"${option}" of "${name}" cannot be taken back` }).at(option)
    return divide(transaction, { name, definition }, { option, rest }, registry)
  }
  return {}
}

async function divide(
  transaction: Transaction,
  { name, definition }: Pick<CollectionRecord, 'name' | 'definition'>,
  { option, rest }: { readonly option: string; readonly rest: Options },
  registry: CollectionRegistry,
): Promise<Options> {
  const stored = storedOptions(new Map([[option, true]]), registry)
  const compiled = compileRecord({ name, definition: { ...definition, ...stored } })
  const { partition } = compiled.options
  if (!partition) return stored
  const part = await partOfRest(transaction, name, partition, rest)
  if (part !== undefined) {
    const [table, column] = [quote(name), quote(partition.field)]
    await transaction.run({ text: `ALTER TABLE ${table} ADD COLUMN ${column} bigint`, values: [] })
    await transaction.run({ text: `UPDATE ${table} SET ${column} = $1`, values: [part] })
    await transaction.run({ text: `ALTER TABLE ${table} ALTER COLUMN ${column} SET NOT NULL`, values: [] })
  }
  await ensureTable(transaction, compiled)
  await ensurePartKey(transaction, compiled, registry)
  await ensureWallsAround(transaction, compiled, registry.values(), registry)
  return stored
}

import { z } from 'zod'
import type { Disposer, Scope } from '../kernel/scope.js'
import type { FieldDefinition } from '../schema/field.js'
import type { CollectionRegistry } from './collection-registry.js'
import type { PlainCollection } from './collection.js'
import type { Connection } from './connection.js'
import type { Executor } from './executor.js'

const fieldSchema = z.looseObject({ name: z.string(), type: z.string() })
const definitionSchema = z.looseObject({ fields: z.array(fieldSchema) })
const rowSchema = z.object({
  name: z.string(),
  definition: definitionSchema,
  createdAt: z.string(),
  updatedAt: z.string(),
  createdById: z.number().nullable(),
  updatedById: z.number().nullable(),
})

export type FieldRecord = z.infer<typeof fieldSchema>
/** A collection that was made at run time: its options, and its fields in order. */
export type CollectionRecord = z.infer<typeof rowSchema>

const columns = `name, definition, created_at AS "createdAt", updated_at AS "updatedAt", created_by AS "createdById", updated_by AS "updatedById"`

export async function readCollections(executor: Executor): Promise<CollectionRecord[]> {
  const { rows } = await executor.run({
    text: `SELECT ${columns} FROM postern.collections ORDER BY created_at, name`,
    values: [],
  })
  return rows.map((row) => rowSchema.parse(row))
}

export async function readCollection(executor: Executor, name: string): Promise<CollectionRecord | undefined> {
  const { rows } = await executor.run({
    text: `SELECT ${columns} FROM postern.collections WHERE name = $1`,
    values: [name],
  })
  return rows[0] && rowSchema.parse(rows[0])
}

export async function saveCollection(
  executor: Executor,
  name: string,
  definition: CollectionRecord['definition'],
  author: number | null,
): Promise<void> {
  await executor.run({
    text: `INSERT INTO postern.collections (name, definition, created_by, updated_by) VALUES ($1, $2, $3, $3)
           ON CONFLICT (name) DO UPDATE SET definition = $2, updated_by = $3, updated_at = now()`,
    values: [name, JSON.stringify(definition), author],
  })
}

/** A stored collection in the form that those in code have. */
export function plainCollection({ name, definition }: Pick<CollectionRecord, 'name' | 'definition'>): PlainCollection {
  const { fields, ...options } = definition
  const definitions = fields.map(({ name: field, type, ...rest }): [string, FieldDefinition] => [
    field,
    { kind: type, options: rest },
  ])
  return { name, options, fields: Object.fromEntries(definitions) }
}

/** Keeps the registry equal to the collections in the database. */
export class RuntimeCollections {
  readonly #loaded = new Map<string, { readonly text: string; readonly remove: Disposer }>()

  constructor(
    private readonly connection: Connection,
    private readonly registry: CollectionRegistry,
    private readonly scope: Scope,
  ) {}

  /** Takes over what changed; collections that are the same stay as they are, with what was prepared for them. */
  async reload(): Promise<void> {
    const records = await readCollections(this.connection)
    const wanted = new Map(records.map((record) => [record.name, record]))
    for (const [name, { text, remove }] of this.#loaded) {
      const record = wanted.get(name)
      if (record && JSON.stringify(record.definition) === text) continue
      await remove()
      this.#loaded.delete(name)
    }
    for (const record of records) {
      if (this.#loaded.has(record.name)) continue
      const remove = this.registry.add(plainCollection(record), this.scope)
      this.#loaded.set(record.name, { text: JSON.stringify(record.definition), remove })
    }
  }
}

import { z } from 'zod'
import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { FieldRecord } from '../database/runtime-collections.js'
import { parseFieldDefinition } from '../schema/definition.js'
import { newFieldForm } from './documented-definition.js'
import { parseRelationDefinition } from '../schema/relation.js'

/** Letters, digits and `_`: fit for addresses, filters and SQL alike. */
const nameForm = /^[A-Za-z][A-Za-z0-9_]{0,47}$/

export const isName = (text: string): boolean => nameForm.test(text)

/** Every table of PostgreSQL has these columns. */
const systemColumns = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid', 'oid'])

export function checkName(name: string, path = 'name'): void {
  const fault = (problem: string): AppError => wire.INVALID_VALUE({ problem: `the name "${name}" ${problem}` }).at(path)
  if (!isName(name)) throw fault('must begin with a letter and have at most 48 letters, digits and _')
  if (systemColumns.has(name.toLowerCase())) throw fault("is one of the database's own")
  if (/^pg_/i.test(name) || /^(information_schema|postern)$/i.test(name)) throw fault("is one of the database's own")
  // Objects of JavaScript have members of these names without having been given them.
  if (name in {}) throw fault('is taken by the language')
}

const text = z.string().max(255)
const flag = z.boolean()

export const indexesSchema = z.array(z.array(z.string()).min(1).max(32)).max(64)

/** Options of a collection; `fields` come beside them. */
export const optionsSchema = z.object({
  title: text.nullable().optional(),
  description: z.string().max(10_000).nullable().optional(),
  hidden: flag.optional(),
  sortable: z.union([flag, z.string()]).optional(),
  simplePaginate: flag.optional(),
  timestamps: flag.optional(),
  createdBy: flag.optional(),
  updatedBy: flag.optional(),
  index: indexesSchema.optional(),
})

/** What may still be changed of a collection that is there. */
export const changesSchema = optionsSchema
  .pick({ title: true, description: true, hidden: true, simplePaginate: true })
  .extend({ sortable: optionsSchema.shape.sortable.nullable(), index: optionsSchema.shape.index.nullable() })

/** Far below what PostgreSQL takes, dropped columns included. */
export const mostFields = 500

const fieldInput = z
  .looseObject({ name: z.string('name is required'), type: z.string('type is required') })
  .meta(newFieldForm)

export const createSchema = optionsSchema.extend({
  name: z.string(),
  fields: z.array(fieldInput).max(mostFields).default([]),
})
export { fieldInput as fieldSchema }

/** Checks one field as it comes over HTTP, and gives it as it is stored. @throws 400 with the path of the fault */
export function checkField(input: Readonly<Record<string, unknown>>, path = ''): FieldRecord {
  const at = (member: string): string => (path === '' ? member : `${path}.${member}`)
  const { name, ...definition } = input
  if (typeof name !== 'string') throw wire.INVALID_VALUE({ problem: 'a field needs a name' }).at(at('name'))
  checkName(name, at('name'))
  try {
    const { kind, options } = parseRelationDefinition(definition) ?? parseFieldDefinition(definition)
    return { name, type: kind, ...options }
  } catch (error) {
    if (isFault(error)) error.at(at(error.path ?? name))
    throw error
  }
}

const isFault = (error: unknown): error is AppError => error instanceof Error && 'at' in error && 'path' in error

/** Names may stand once, and not be those of the server's own fields. @throws 409 */
export function checkFields(
  fields: readonly Readonly<Record<string, unknown>>[],
  serverFields: ReadonlyMap<string, unknown>,
): FieldRecord[] {
  const records = fields.map((field, index) => checkField(field, `fields.${index}`))
  for (const [index, { name }] of records.entries()) {
    const path = `fields.${index}.name`
    if (records.findIndex((other) => other.name === name) !== index) {
      throw wire.CONFLICT({ problem: `The field "${name}" is defined twice` }).at(path)
    }
    refuseServerField(name, serverFields, path)
  }
  return records
}

/** @throws 409 */
export function refuseServerField(name: string, serverFields: ReadonlyMap<string, unknown>, path: string): void {
  if (serverFields.has(name))
    throw wire.CONFLICT({ problem: `The field "${name}" is one of the server's own` }).at(path)
}

/** The fields that an index is over must be there, once. @throws 400 */
export function checkIndexes(indexes: readonly (readonly string[])[], fields: ReadonlyMap<string, unknown>): void {
  for (const [at, names] of indexes.entries()) {
    for (const [position, name] of names.entries()) {
      const path = `index.${at}.${position}`
      if (!fields.has(name)) throw wire.INVALID_VALUE({ problem: `there is no field "${name}" for an index` }).at(path)
      if (names.indexOf(name) !== position) {
        throw wire.INVALID_VALUE({ problem: `"${name}" stands twice in an index` }).at(path)
      }
    }
  }
}

import { z } from 'zod'
import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import type { FieldRecord } from '../database/runtime-collections.js'
import { parseFieldDefinition } from '../schema/definition.js'

/** Letters, digits and `_`: fit for addresses, filters and SQL alike. */
const nameForm = /^[A-Za-z][A-Za-z0-9_]{0,47}$/

export function checkName(name: string, path = 'name'): void {
  const fault = (problem: string): AppError => wire.INVALID_VALUE({ problem: `the name "${name}" ${problem}` }).at(path)
  if (!nameForm.test(name)) throw fault('must begin with a letter and have at most 48 letters, digits and _')
  if (/^pg_/i.test(name) || /^(information_schema|postern)$/i.test(name)) throw fault("is one of the database's own")
  // Objects of JavaScript have members of these names without having been given them.
  if (name in {}) throw fault('is taken by the language')
}

const text = z.string().max(255)
const flag = z.boolean()

/** Options of a collection; `fields` come beside them. */
export const optionsSchema = z.object({
  title: text.nullable().optional(),
  description: z.string().max(10_000).nullable().optional(),
  hidden: flag.optional(),
  simplePaginate: flag.optional(),
  timestamps: flag.optional(),
  createdBy: flag.optional(),
  updatedBy: flag.optional(),
  index: z.array(z.array(z.string()).min(1)).optional(),
})

/** What may still be changed of a collection that is there. */
export const changesSchema = optionsSchema.pick({ title: true, description: true, hidden: true, simplePaginate: true })

const fieldInput = z.looseObject({ name: z.string('name is required'), type: z.string('type is required') })

export const createSchema = optionsSchema.extend({ name: z.string(), fields: z.array(fieldInput).max(500).default([]) })
export { fieldInput as fieldSchema }

/** Checks one field as it comes over HTTP, and gives it as it is stored. @throws 400 with the path of the fault */
export function checkField(input: Readonly<Record<string, unknown>>, path = ''): FieldRecord {
  const at = (member: string): string => (path === '' ? member : `${path}.${member}`)
  const { name, ...definition } = input
  if (typeof name !== 'string') throw wire.INVALID_VALUE({ problem: 'a field needs a name' }).at(at('name'))
  checkName(name, at('name'))
  try {
    const { kind, options } = parseFieldDefinition(definition)
    return { name, type: kind, ...options }
  } catch (error) {
    if (isFault(error)) error.at(at(error.path ?? name))
    throw error
  }
}

const isFault = (error: unknown): error is AppError => error instanceof Error && 'at' in error && 'path' in error

/** Names may stand once. @throws 409 */
export function checkFields(fields: readonly Readonly<Record<string, unknown>>[]): FieldRecord[] {
  const records = fields.map((field, index) => checkField(field, `fields.${index}`))
  const twice = records.find(({ name }, index) => records.findIndex((other) => other.name === name) !== index)
  if (twice) throw wire.CONFLICT({ problem: `The field "${twice.name}" is defined twice` }).at('fields')
  return records
}

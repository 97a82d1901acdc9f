import type { z } from 'zod'
import { combineErrors, type AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import { kindOf } from './definition.js'
import { jsonValueFor } from './exact-number.js'
import type { FieldDefinition, FieldKind, FieldOptions, OptionsOf, Shape } from './field.js'
import { withMatchBudget } from './text-pattern.js'

/** A field made ready to check values. */
export interface CompiledField {
  readonly name: string
  readonly kind: FieldKind
  readonly options: FieldOptions
  readonly schema: z.ZodType
  /** The same without bounds: what a filter may compare with. */
  readonly operand: z.ZodType
}

/** What a filter may compare with is not bound by what the field holds. */
const widest: FieldOptions = { maxLength: 1_000_000, precision: 1000, scale: 500 }

export function compileField(name: string, { kind: kindName, options: given }: FieldDefinition): CompiledField {
  const kind = kindOf(kindName)
  const options = kind.writeOnly === true ? { ...given, hidden: true } : given
  return { name, kind, options, schema: kind.schema(options), operand: kind.schema(widest) }
}

export type Values = Readonly<Record<string, unknown>>
type Checked = { readonly value: unknown } | { readonly fault: AppError }

const join = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`)

function checkValue(field: CompiledField, value: unknown, prefix: string): Checked {
  const path = join(prefix, field.name)
  if (value === null) {
    if (field.options.required !== true) return { value: null }
    return { fault: wire.INVALID_VALUE({ problem: `${field.name} must not be null` }).at(path) }
  }
  const result = field.schema.safeParse(jsonValueFor(field.kind, value))
  if (result.success) return { value: result.data }
  const problem = result.error.issues[0]?.message ?? 'is not valid'
  return { fault: wire.INVALID_VALUE({ problem: `${field.name} ${problem}` }).at(path) }
}

export interface CheckOptions {
  /** Where the values stand in the input: `2` for the third record of a list. */
  readonly prefix?: string
  /** Names that may be written although they are read-only: the server's own calls. */
  readonly trusted?: boolean
}

/** Beyond so many nobody reads on, and a caller must not make the answer as long as he likes. */
export const mostFaults = 100

type Fields = ReadonlyMap<string, CompiledField>

/** All fields of a record share what time their patterns may take. */
const checkInto = (faults: AppError[], fields: Fields, input: Values, options: CheckOptions): Record<string, unknown> =>
  withMatchBudget(() => checkMembers(faults, fields, input, options))

function checkMembers(
  faults: AppError[],
  fields: Fields,
  input: Values,
  options: CheckOptions,
): Record<string, unknown> {
  const { prefix = '', trusted = false } = options
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(input)) {
    if (faults.length >= mostFaults) break
    const value = input[name]
    const field = fields.get(name)
    if (!field) faults.push(wire.UNKNOWN_FIELD({ name }).at(join(prefix, name)))
    else if (field.options.readOnly === true && !trusted)
      faults.push(wire.READONLY_FIELD({ name }).at(join(prefix, name)))
    else if (value !== undefined) {
      const checked = checkValue(field, value, prefix)
      if ('fault' in checked) faults.push(checked.fault)
      else values[name] = checked.value
    }
  }
  return values
}

/** A copy: a hook may change what is about to be written, and must not change the default. */
const copyOf = (value: unknown): unknown => (typeof value === 'object' ? structuredClone(value) : value)

/** @param input what was sent: a member that is faulty is not missing as well */
function completeInto(
  faults: AppError[],
  fields: Fields,
  values: Record<string, unknown>,
  prefix: string,
  input: Values = values,
): void {
  for (const [name, field] of fields) {
    if (values[name] !== undefined || (input[name] !== undefined && Object.hasOwn(input, name))) continue
    if (field.options.default !== undefined) values[name] = copyOf(field.options.default)
    else if (field.kind.generate) values[name] = field.kind.generate()
    else if (field.kind.counts === true) continue
    else if (field.options.required === true && field.options.readOnly !== true && faults.length < mostFaults) {
      faults.push(wire.INVALID_VALUE({ problem: `${name} is required` }).at(join(prefix, name)))
    }
  }
}

/**
 * Checks what a caller sent for some fields; every fault is found, not only the first.
 *
 * @throws 400 UNKNOWN_FIELD, READONLY_FIELD or INVALID_VALUE, one entry for each fault
 */
export function checkValues(fields: Fields, input: Values, options: CheckOptions = {}): Record<string, unknown> {
  const faults: AppError[] = []
  const values = checkInto(faults, fields, input, options)
  throwFaults(faults)
  return values
}

/** Fills in what a new record lacks: generated values and defaults; refuses when something required is missing. */
export function completeValues(fields: Fields, values: Record<string, unknown>, prefix = ''): void {
  const faults: AppError[] = []
  completeInto(faults, fields, values, prefix)
  throwFaults(faults)
}

/**
 * Checks and completes a new record. Faults are added to a list, so that several records are refused at once.
 *
 * @param preset values that are written whatever the caller sent
 */
export function checkRecord(
  faults: AppError[],
  fields: Fields,
  input: Values,
  { prefix, preset }: { readonly prefix: string; readonly preset: Values | undefined },
): Record<string, unknown> {
  const values = { ...checkInto(faults, fields, input, { prefix }), ...preset }
  completeInto(faults, fields, values, prefix, input)
  return values
}

/** @throws the faults as one error, if there are any */
export function throwFaults(faults: readonly AppError[]): void {
  const [first, ...rest] = faults
  if (first) throw combineErrors([first, ...rest])
}

/** Checks the options of a plugin, and fills in their defaults. */
export function parseOptions<S extends Shape>(shape: S, input: Values): OptionsOf<S> {
  const fields = new Map(Object.entries(shape).map(([name, field]) => [name, compileField(name, field)]))
  // Where an option may be left out, a null is as good as nothing.
  const isNothing = (name: string, value: unknown): boolean => value === null && shape[name]?.options.required !== true
  const given = Object.fromEntries(Object.entries(input).filter(([name, value]) => !isNothing(name, value)))
  const values = checkValues(fields, given)
  completeValues(fields, values)
  // Every field of the shape was checked above; the loop over its names cannot be expressed in the type.
  return values as OptionsOf<S>
}

/** Puts values that are stored in another form, such as the hash of a password, in its place. */
export async function sealValues(fields: Fields, values: Values): Promise<Record<string, unknown>> {
  const sealed: Record<string, unknown> = { ...values }
  for (const [name, value] of Object.entries(values)) {
    const { kind } = fields.get(name) ?? {}
    if (kind?.seal && value !== null && value !== undefined) sealed[name] = await kind.seal(value)
  }
  return sealed
}

import { z } from 'zod'
import type { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import { fieldKinds } from './f.js'
import type { FieldDefinition, FieldKind, FieldOptions } from './field.js'
import { relationTypes } from './relation.js'

const count = z.number().int().min(0).max(1_000_000_000)
const flag = z.boolean()

/** How each option is checked, and which options every kind takes. */
export const fieldOptionSchemas: { readonly [K in keyof Required<FieldOptions>]: z.ZodType } = {
  title: z.string().max(255),
  description: z.string().max(10_000),
  required: flag,
  unique: flag,
  index: flag,
  hidden: flag,
  readOnly: flag,
  default: z.unknown(),
  minLength: count,
  maxLength: count.min(1),
  pattern: z.string().max(1000),
  minimum: z.number(),
  maximum: z.number(),
  enum: z.array(z.string().min(1).max(255)).min(1).max(1000),
  precision: count,
  scale: count,
}
const general = new Set(['title', 'description', 'required', 'unique', 'index', 'hidden', 'readOnly', 'default'])

export function kindOf(name: unknown): FieldKind {
  const kind = typeof name === 'string' ? fieldKinds.get(name) : undefined
  if (kind) return kind
  const types = [...fieldKinds.keys(), ...relationTypes].join(', ')
  throw wire.INVALID_VALUE({ problem: `type must be one of ${types}` }).at('type')
}

const applies = (kind: FieldKind, name: keyof FieldOptions, value: unknown): boolean =>
  kind.accepts.includes(name) || (general.has(name) && (value === false || kind.refuses?.includes(name) !== true))

const isOption = (name: string): name is keyof FieldOptions => Object.hasOwn(fieldOptionSchemas, name)

function checkOption(kind: FieldKind, name: string, value: unknown): AppError | undefined {
  if (!isOption(name)) return wire.UNKNOWN_FIELD({ name }).at(name)
  if (!applies(kind, name, value)) {
    return wire.INVALID_VALUE({ problem: `a field of type ${kind.kind} has no ${name}` }).at(name)
  }
  if (kind.writeOnly === true && name === 'hidden' && value === false) {
    return wire.INVALID_VALUE({ problem: `a field of type ${kind.kind} is always hidden` }).at(name)
  }
  const result = fieldOptionSchemas[name].safeParse(value)
  if (result.success) return undefined
  return wire.INVALID_VALUE({ problem: `${name}: ${result.error.issues[0]?.message ?? 'not valid'}` }).at(name)
}

/** Those of a field's options that it keeps when it becomes one of another type. */
export function applicableOptions(type: unknown, options: object): FieldOptions {
  const kind = kindOf(type)
  const entries: [string, unknown][] = Object.entries(options)
  return Object.fromEntries(entries.filter(([name, value]) => isOption(name) && applies(kind, name, value)))
}

function boundsProblem({
  minLength = 0,
  maxLength = Infinity,
  minimum = -Infinity,
  maximum = Infinity,
}: FieldOptions): string | undefined {
  if (minLength > maxLength) return 'minLength is larger than maxLength'
  return minimum > maximum ? 'minimum is larger than maximum' : undefined
}

/** The option that a fault of the whole definition is about. */
const problemPath = (options: FieldOptions): string =>
  (['pattern', 'enum', 'precision', 'scale', 'minLength', 'minimum'] as const).find(
    (name) => options[name] !== undefined,
  ) ?? 'type'

/**
 * Checks the definition of a field as it comes over HTTP: `{type, …options}` without its name.
 *
 * @throws 400 INVALID_VALUE or UNKNOWN_FIELD with the option as path
 */
export function parseFieldDefinition(input: Readonly<Record<string, unknown>>): FieldDefinition {
  const { type, ...rest } = input
  const kind = kindOf(type)
  const options: FieldOptions = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
  for (const [name, value] of Object.entries(options)) {
    const fault = checkOption(kind, name, value)
    if (fault) throw fault
  }
  const problem = boundsProblem(options) ?? kind.problem?.(options)
  if (problem !== undefined) throw wire.INVALID_VALUE({ problem }).at(problemPath(options))
  if (options.default !== undefined) {
    if (kind.exclusive === true && options.default === true) {
      throw wire
        .INVALID_VALUE({ problem: `only one record can be the ${kind.kind}: default must not be true` })
        .at('default')
    }
    const result = kind.schema(options).safeParse(options.default)
    if (!result.success) {
      throw wire
        .INVALID_VALUE({ problem: `default ${result.error.issues[0]?.message ?? 'is not valid'}` })
        .at('default')
    }
  }
  return { kind: kind.kind, options }
}

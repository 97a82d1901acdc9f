import type { FieldOptions } from './field.js'
import { defaultStringLength } from './fields/string.js'
import { plainPattern } from './plain-pattern.js'

/** A schema in the words of JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What a field takes, and what it gives. */
export interface FieldSchemas {
  readonly input: JsonSchema
  readonly output: JsonSchema
}

type Describe = (options: FieldOptions) => JsonSchema | FieldSchemas

const given = (options: object): JsonSchema =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

const text = ({ minLength, maxLength, pattern, enum: values }: FieldOptions): JsonSchema => ({
  type: 'string',
  ...given({ minLength, maxLength, ...patternOf(pattern), enum: values }),
})
/** Who reads the document may compile it without flags. What has no such form is only told. */
function patternOf(pattern: string | undefined): JsonSchema {
  const plain = pattern === undefined ? undefined : plainPattern(pattern)
  return plain === undefined ? { 'x-pattern': pattern } : { pattern: plain }
}
const number = ({ minimum, maximum }: FieldOptions): JsonSchema => ({ type: 'number', ...given({ minimum, maximum }) })
const safe = Number.MAX_SAFE_INTEGER
const wholeNumber = ({ minimum = -safe, maximum = safe }: FieldOptions): JsonSchema => ({
  type: 'integer',
  format: 'int64',
  minimum,
  maximum,
})
const digits = { type: 'string', pattern: '^[+-]?[0-9]{1,19}$' }
const lowest = -2_147_483_648
const highest = 2_147_483_647

const integer = ({ minimum = lowest, maximum = highest }: FieldOptions): JsonSchema => ({
  type: 'integer',
  format: 'int32',
  minimum: Math.max(minimum, lowest),
  maximum: Math.min(maximum, highest),
})

const bigInt = (options: FieldOptions): JsonSchema => ({ anyOf: [wholeNumber(options), digits] })

const decimal = (options: FieldOptions): FieldSchemas => {
  const written = { type: 'string', pattern: '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)$', examples: ['12.50'] }
  return { input: { anyOf: [written, number(options)] }, output: written }
}

const time = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'

/** Each kind of field in the words of JSON Schema; a new kind is one line here. */
const schemas: Readonly<Record<string, Describe>> = {
  string: (options) => text({ ...options, maxLength: options.maxLength ?? defaultStringLength }),
  text,
  password: text,
  integer,
  bigInt,
  sort: wholeNumber,
  float: number,
  double: number,
  decimal,
  boolean: () => ({ type: 'boolean' }),
  radio: () => ({ type: 'boolean' }),
  datetime: () => ({ type: 'string', format: 'date-time', examples: ['2025-03-03T09:57:36.728Z'] }),
  datetimeNoTz: () => ({
    type: 'string',
    pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2} ${time}$`,
    examples: ['2025-03-03 09:57:36'],
  }),
  dateOnly: () => ({ type: 'string', format: 'date', examples: ['2025-03-03'] }),
  time: () => ({ type: 'string', pattern: `^${time}$`, examples: ['09:57:36'] }),
  uuid: () => ({ type: 'string', format: 'uuid' }),
  nanoid: () => ({ type: 'string', maxLength: 64 }),
  json: () => ({ description: 'Any JSON' }),
  array: () => ({ type: 'array', items: {} }),
  enum: ({ enum: values }) => ({ type: 'string', ...given({ enum: values }) }),
}

/** The kinds that have a schema: a test holds them together with the kinds that there are. */
export const describedKinds: readonly string[] = Object.keys(schemas)

const isPair = (described: JsonSchema | FieldSchemas): described is FieldSchemas =>
  'input' in described && 'output' in described

/** The same where null may stand too. */
export function nullable(schema: JsonSchema): JsonSchema {
  const { type, anyOf, enum: values, ...rest } = schema
  if (isList(anyOf)) return { ...rest, anyOf: [...anyOf, { type: 'null' }] }
  if (typeof type !== 'string') return schema
  // A list that holds texts and null is a type of its own to many readers.
  if (isList(values)) return { anyOf: [{ type, enum: values, ...rest }, { type: 'null' }] }
  return { type: [type, 'null'], ...rest }
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** A key that the server makes is within what JavaScript counts with; one that callers send may be larger. */
export function schemasOf(kind: string, options: FieldOptions): FieldSchemas {
  if (kind === 'bigInt' && options.readOnly === true) return { input: wholeNumber({}), output: wholeNumber({}) }
  const described = schemas[kind]?.(options) ?? {}
  return isPair(described) ? described : { input: described, output: described }
}

import type { Part } from './components.js'

/** Of OpenAPI. 3.0 is for tools that read nothing newer. */
export const versions = ['3.1', '3.0'] as const
export type Version = (typeof versions)[number]

export const written: Readonly<Record<Version, string>> = { '3.1': '3.1.0', '3.0': '3.0.3' }

type Member = readonly [name: string, value: unknown]

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Words of JSON Schema that 3.0 does not have. What they forbid is allowed there: the server says no all the same. */
const unknown = [
  ...['$schema', '$comment', '$defs', '$id', 'if', 'then', 'else', 'contains', 'minContains', 'maxContains'],
  ...['contentMediaType', 'contentEncoding', 'contentSchema', 'propertyNames', 'patternProperties', 'prefixItems'],
  ...['unevaluatedProperties', 'unevaluatedItems', 'dependentRequired', 'dependentSchemas', 'const', 'examples'],
]

const isNull = (schema: unknown): boolean => isPart(schema) && schema['type'] === 'null'

/** `type: ['string', 'null']` is a nullable text; several types are several schemas. */
function typed({ type, ...rest }: Part): Part {
  const types = listOf(type).filter((name) => name !== 'null')
  if (!Array.isArray(type)) return type === 'null' ? { ...rest, nullable: true, enum: [null] } : { type, ...rest }
  const nullable = types.length < type.length ? { nullable: true } : {}
  const [only] = types
  if (types.length === 1) return typedItems({ type: only, ...rest, ...nullable })
  const { items, ...others } = rest
  return { ...others, ...nullable, anyOf: types.map((name) => typedItems({ type: name, ...(items ? { items } : {}) })) }
}

/** Lists say what is in them, be it anything; what is no list has no items. */
function typedItems(schema: Part): Part {
  if (schema['type'] === 'array') return schema['items'] === undefined ? { ...schema, items: {} } : schema
  const { items: _items, ...rest } = schema
  return rest
}

/** One of several of which one is null: the others, nullable. */
function chosen(schema: Part): Part {
  const word = ['anyOf', 'oneOf'].find((name) => listOf(schema[name]).some(isNull))
  if (word === undefined) return schema
  const { [word]: given, ...rest } = schema
  const others = listOf(given).filter((one) => !isNull(one))
  const [only] = others
  if (others.length !== 1 || !isPart(only)) return { ...rest, [word]: others, nullable: true }
  return only['$ref'] === undefined ? { ...only, ...rest, nullable: true } : { ...rest, allOf: [only], nullable: true }
}

/** `exclusiveMinimum: 1` is a minimum that is excluded. */
function bounded(schema: Part): Part {
  const bounds = ['Minimum', 'Maximum'].flatMap((end): readonly Member[] => {
    const bound = schema[`exclusive${end}`]
    return typeof bound === 'number'
      ? [
          [end.toLowerCase(), bound],
          [`exclusive${end}`, true],
        ]
      : []
  })
  return { ...schema, ...Object.fromEntries(bounds) }
}

function withoutUnknown(schema: Part): Part {
  const [example] = listOf(schema['examples'])
  const own = Object.entries(schema).filter(([name]) => !unknown.includes(name))
  return {
    ...Object.fromEntries(own),
    ...(schema['const'] === undefined ? {} : { enum: [schema['const']] }),
    ...(example === undefined ? {} : { example }),
    // Names that a pattern lets in must not be shut out.
    ...(schema['patternProperties'] === undefined ? {} : { additionalProperties: true }),
  }
}

const mapped = (value: unknown, change: (part: unknown) => unknown): Part =>
  Object.fromEntries(Object.entries(isPart(value) ? value : {}).map(([name, part]) => [name, change(part)]))

/** The schemas inside of a schema. */
function inner(schema: Part): Part {
  const parts = Object.entries(schema).map(([name, value]): Member => {
    if (name === 'properties') return [name, mapped(value, schemaIn30)]
    if (['allOf', 'anyOf', 'oneOf'].includes(name)) return [name, listOf(value).map(schemaIn30)]
    if (['items', 'not', 'additionalProperties'].includes(name))
      return [name, isPart(value) ? schemaIn30(value) : value]
    return [name, value]
  })
  return Object.fromEntries(parts)
}

/** A schema in the words of OpenAPI 3.0. */
export function schemaIn30(schema: unknown): unknown {
  if (schema === true) return {}
  if (schema === false) return { not: {} }
  if (!isPart(schema)) return schema
  const { $ref: reference, ...rest } = schema
  if (reference !== undefined) {
    return Object.keys(rest).length === 0 ? schema : { allOf: [{ $ref: reference }], ...inner(withoutUnknown(rest)) }
  }
  const made = typedItems(bounded(chosen(withoutUnknown(schema))))
  return inner(made['type'] === undefined ? made : typed(made))
}

/** Everything else than schemas is the same in 3.0. */
export function partIn30(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(partIn30)
  if (!isPart(part)) return part
  const members = Object.entries(part).map(([name, value]): Member => {
    if (name === 'schema') return [name, schemaIn30(value)]
    return [name, ['example', 'examples'].includes(name) ? value : partIn30(value)]
  })
  return Object.fromEntries(members)
}

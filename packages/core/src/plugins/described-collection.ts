import type { CompiledCollection } from '../database/collection.js'
import { operators, type OperandForm } from '../database/filter/operators.js'
import type { CompiledRelation } from '../database/relation.js'
import type { OperatorGroup } from '../schema/field.js'
import { nullable, schemasOf, type JsonSchema } from '../schema/json-schema.js'
import type { CompiledField } from '../schema/shape.js'

/** A field in the words of JSON Schema. */
export interface DescribedField {
  readonly name: string
  /** What may be sent, null included where it may be null. */
  readonly input: JsonSchema
  /** What comes out. */
  readonly output: JsonSchema
  /** Which filter operators it understands. */
  readonly operators: OperatorGroup
  readonly hidden: boolean
  readonly readOnly: boolean
  /** A new record must have it from its maker. */
  readonly needed: boolean
}

/** A relation to another collection. */
export type DescribedRelation = Pick<
  CompiledRelation,
  'name' | 'many' | 'hidden' | 'implied' | 'title' | 'description' | 'target'
>

export interface DescribedCollection {
  readonly name: string
  readonly title: string | undefined
  readonly description: string | undefined
  /** The field that identifies a record to callers. */
  readonly targetKey: string
  readonly fields: ReadonlyMap<string, DescribedField>
  readonly relations: readonly DescribedRelation[]
  /** Its lists come without a count unless one is asked for. */
  readonly simplePaginate: boolean
}

export interface DescribedOperator {
  readonly name: string
  readonly operand: OperandForm
}

/** The filter operators that a group of fields understands. */
export const operatorsOf = (group: OperatorGroup): readonly DescribedOperator[] =>
  [...operators.values()]
    .filter(({ groups }) => groups === undefined || groups.includes(group))
    .map(({ name, operand }) => ({ name, operand }))

function annotated({ options }: CompiledField, schema: JsonSchema): JsonSchema {
  const { title, description } = options
  return {
    ...(title === undefined ? {} : { title }),
    ...schema,
    ...(description === undefined ? {} : { description }),
  }
}

function describeField(field: CompiledField, isKey: boolean): DescribedField {
  const { name, kind, options } = field
  const schemas = schemasOf(kind.kind, options)
  const isNullable = options.required !== true && name !== 'id' && !isKey
  const form = (schema: JsonSchema): JsonSchema => annotated(field, isNullable ? nullable(schema) : schema)
  const fallback = options.default === undefined ? {} : { default: options.default }
  return {
    name,
    input: { ...form(schemas.input), ...fallback },
    output: { ...form(schemas.output), ...(options.readOnly === true ? { readOnly: true } : {}) },
    operators: kind.operators,
    hidden: options.hidden === true,
    readOnly: options.readOnly === true,
    needed: options.required === true && options.default === undefined && kind.generate === undefined,
  }
}

const described = new WeakMap<CompiledCollection, DescribedCollection>()

/** Made once for each state of a collection. */
export function describeCollection(collection: CompiledCollection): DescribedCollection {
  let description = described.get(collection)
  if (!description) {
    const leading = new Map(
      [...collection.relations.values()].flatMap(({ type, implied, foreignKey, name }) =>
        type === 'belongsTo' && !implied ? [[foreignKey, name] as const] : [],
      ),
    )
    const fields = [...collection.fields.values()].map((field) => {
      const made = describeField(field, field.name === collection.targetKey.name)
      const relation = leading.get(field.name)
      // Whoever makes up examples must know that this one leads somewhere.
      return relation === undefined ? made : { ...made, input: { ...made.input, 'x-relation': relation } }
    })
    description = {
      name: collection.name,
      title: collection.options.title,
      description: collection.options.description,
      targetKey: collection.targetKey.name,
      fields: new Map(fields.map((field) => [field.name, field])),
      relations: [...collection.relations.values()],
      simplePaginate: collection.options.simplePaginate === true,
    }
    described.set(collection, description)
  }
  return description
}

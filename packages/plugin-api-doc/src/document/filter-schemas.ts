import { operatorsOf, type DescribedField, type DescribedOperator, type OperatorGroup } from '@postern/core'
import type { Components, Part, Reference } from './components.js'

/** What a filter may compare a field of a group with. Variables such as `{{$user.id}}` are texts. */
const operands: Readonly<Record<OperatorGroup, Part>> = {
  text: { type: ['string', 'null'] },
  number: { type: ['number', 'string', 'null'] },
  boolean: { type: ['boolean', 'string', 'null'] },
  date: {
    anyOf: [{ type: ['string', 'null'] }, { type: 'object' }, { type: 'array', items: { type: ['string', 'object'] } }],
  },
  id: { type: ['string', 'null'] },
  json: {},
  array: {},
}

const examples: Readonly<Partial<Record<OperatorGroup, unknown>>> = {
  text: { $includes: 'a' },
  number: { $gte: 1 },
  boolean: { $isFalsy: true },
  date: { $dateOn: '2025-03' },
}

function operandOf({ operand }: DescribedOperator, value: Part): Part {
  if (operand === 'flag') return { type: 'boolean' }
  if (operand === 'text') return { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
  if (operand === 'list') return { anyOf: [{ type: 'array', items: value }, { type: 'string' }] }
  if (operand === 'pair')
    return { anyOf: [{ type: 'array', items: value, minItems: 2, maxItems: 2 }, { type: 'string' }] }
  return value
}

/** Conditions on one field: a value, a list of values, or operators. The same for all fields of a group. */
function groupSchema(group: OperatorGroup, components: Components): Reference {
  return components.common('schemas', `Filter.${group}`, () => {
    const value = operands[group]
    // Any JSON may be compared with: objects too.
    const isAny = Object.keys(value).length === 0
    const known = operatorsOf(group).map((operator) => [operator.name, operandOf(operator, value)] as const)
    return {
      title: `Conditions on a field (${group})`,
      description: 'A value that it equals, a list of which it is one, null, or operators, which must all hold.',
      anyOf: [
        { type: 'object', properties: Object.fromEntries(known), additionalProperties: isAny },
        { type: 'array', items: value },
        ...(isAny ? [{ type: ['string', 'number', 'boolean', 'null'] }] : [value]),
      ],
    }
  })
}

/** The filter language for the fields that a reader may see. */
export function filterSchema(
  name: string,
  fields: readonly DescribedField[],
  relations: readonly string[],
  components: Components,
): Reference {
  return components.use('schemas', name, () => {
    const nested = { type: 'array', items: { $ref: `#/components/schemas/${name}` } }
    const own = fields.map((field) => [field.name, groupSchema(field.operators, components)])
    const related = relations.map((relation) => [relation, { type: 'object' }])
    return {
      type: 'object',
      description: 'Members combine with AND.',
      properties: {
        ...Object.fromEntries(own),
        ...Object.fromEntries(related),
        $and: nested,
        $or: { ...nested, minItems: 1 },
        $not: { $ref: `#/components/schemas/${name}` },
      },
      ...(relations.length === 0 ? {} : { patternProperties: { '\\.': {} } }),
      // Of what is no collection it is not known here what it can be filtered by.
      additionalProperties: fields.length === 0,
    }
  })
}

/** A filter that a newcomer can send. */
export function filterExample(fields: readonly DescribedField[]): Part {
  const field = fields.find((one) => one.operators === 'text') ?? fields.find((one) => examples[one.operators])
  return field ? { [field.name]: examples[field.operators] } : {}
}

import type { JsonSchema } from '@postern/core'
import { z } from 'zod'
import type { Components, Part } from './components.js'

type Direction = 'input' | 'output'

const known: Readonly<Record<Direction, WeakMap<z.ZodType, JsonSchema>>> = {
  input: new WeakMap(),
  output: new WeakMap(),
}

function converted(schema: z.ZodType, io: Direction): JsonSchema {
  let result = known[io].get(schema)
  if (!result) {
    const {
      $schema: _dialect,
      '~standard': _standard,
      ...made
    } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
    known[io].set(schema, (result = made))
  }
  return result
}

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The same with references to the schema's own definitions pointing to components of the document. */
function relocated(value: unknown, prefix: string): unknown {
  if (Array.isArray(value)) return value.map((item) => relocated(item, prefix))
  if (!isPart(value)) return value
  const members = Object.entries(value).map(([name, member]) => [
    name,
    name === '$ref' && typeof member === 'string' ? moved(member, prefix) : relocated(member, prefix),
  ])
  return Object.fromEntries(members)
}

const moved = (reference: string, prefix: string): string =>
  reference === '#'
    ? `#/components/schemas/${prefix}`
    : reference.replace(/^#\/\$defs\//, `#/components/schemas/${prefix}.`)

const pointsAt = (value: unknown, target: string): boolean =>
  Array.isArray(value)
    ? value.some((item) => pointsAt(item, target))
    : isPart(value) && (value['$ref'] === target || Object.values(value).some((member) => pointsAt(member, target)))

/**
 * A zod schema in the words of JSON Schema. What it defines for itself becomes a component of its own.
 *
 * @param prefix what names of such components begin with
 */
export function jsonSchemaOf(schema: z.ZodType, io: Direction, prefix: string, components: Components): Part {
  const { $defs, ...body } = converted(schema, io)
  if (isPart($defs)) {
    for (const [name, definition] of Object.entries($defs)) {
      const part = relocated(definition, prefix)
      if (isPart(part)) components.use('schemas', `${prefix}.${name}`, () => part)
    }
  }
  const part = relocated(body, prefix)
  if (!isPart(part)) return {}
  return pointsAt(body, '#') ? components.use('schemas', prefix, () => part) : part
}

/** The input of an action. It refuses what its schema does not know, unless that says otherwise. */
export function inputSchemaOf(schema: z.ZodType, prefix: string, components: Components): Part {
  const part = jsonSchemaOf(schema, 'input', prefix, components)
  return part['type'] === 'object' && part['additionalProperties'] === undefined
    ? { ...part, additionalProperties: false }
    : part
}

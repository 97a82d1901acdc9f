import type { Part } from './components.js'

/** The schema that a reference leads to. */
export type Resolve = (schema: Part) => Part

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Texts that people would write; the first that a schema takes is its example. */
const texts = ['Example', 'ann@example.com', 'example', 'EX-1', '2025-03-03', '12.50', '1', 'a', 'aaaaaaaaaaaaaaaa']
const byFormat: Readonly<Record<string, string>> = {
  'date-time': '2025-03-03T09:57:36.728Z',
  date: '2025-03-03',
  uuid: '7d444840-9dc0-41d4-8f26-3d1c2a4f6a10',
  email: 'ann@example.com',
}

function fits(text: string, { pattern, minLength, maxLength }: Part): boolean {
  if (typeof minLength === 'number' && text.length < minLength) return false
  if (typeof maxLength === 'number' && text.length > maxLength) return false
  return typeof pattern !== 'string' || new RegExp(pattern).test(text)
}

function textFor(schema: Part): string | undefined {
  if (typeof schema['format'] === 'string' && byFormat[schema['format']]) return byFormat[schema['format']]
  const padded = typeof schema['minLength'] === 'number' ? ['a'.repeat(schema['minLength'])] : []
  return [...texts, ...padded].find((text) => fits(text, schema))
}

function numberFor({ minimum, maximum, exclusiveMinimum }: Part): number {
  const least = typeof minimum === 'number' ? minimum : typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : 1
  const most = typeof maximum === 'number' ? maximum : Infinity
  return Math.min(Math.max(1, least), most)
}

function objectFor(schema: Part, resolve: Resolve): Part | undefined {
  const properties = isPart(schema['properties']) ? schema['properties'] : {}
  const required = listOf(schema['required'])
  const members: [string, unknown][] = []
  for (const [name, property] of Object.entries(properties)) {
    // Which record to relate is not made up, unless there must be one.
    const isLeft = isPart(property) && property['x-relation'] !== undefined && !required.includes(name)
    const value = isPart(property) && !isLeft ? sampleOf(property, resolve) : undefined
    if (value !== undefined && value !== null) members.push([name, value])
    else if (required.includes(name)) return undefined
  }
  return Object.fromEntries(members)
}

function ofType(type: unknown, schema: Part, resolve: Resolve): unknown {
  if (type === 'string') return textFor(schema)
  if (type === 'integer' || type === 'number') return numberFor(schema)
  if (type === 'boolean') return true
  if (type === 'object') return objectFor(schema, resolve)
  if (type !== 'array') return undefined
  const item = isPart(schema['items']) ? sampleOf(schema['items'], resolve) : undefined
  return item === undefined ? [] : [item]
}

/** A value that the schema takes, for people to start from; undefined when none is at hand. */
export function sampleOf(given: Part, resolve: Resolve): unknown {
  const schema = resolve(given)
  const [example] = listOf(schema['examples'])
  if (example !== undefined) return example
  if (schema['default'] !== undefined && schema['default'] !== null) return schema['default']
  if (schema['const'] !== undefined) return schema['const']
  const [choice] = listOf(schema['enum'])
  if (choice !== undefined) return choice
  for (const option of [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])]) {
    const value = isPart(option) ? sampleOf(option, resolve) : undefined
    if (value !== undefined) return value
  }
  const { type } = schema
  return ofType(Array.isArray(type) ? type[0] : type, schema, resolve)
}

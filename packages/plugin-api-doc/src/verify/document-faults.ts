import {
  follow,
  operationsOf,
  readDocument,
  type ReadDocument,
  type ReadOperation,
  type ReadParameter,
} from './read-document.js'
import { schemaCheckOf, type SchemaCheck } from './schema-check.js'

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const parsed = (text: string): unknown => JSON.parse(text)
const isPart = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every reference in a document. */
function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!isPart(value)) return []
  const { $ref: own } = value
  return [...(typeof own === 'string' ? [own] : []), ...Object.values(value).flatMap(referencesIn)]
}

function danglingIn(document: ReadDocument): readonly string[] {
  return [...new Set(referencesIn(document))].flatMap((reference) => {
    try {
      follow(document, { $ref: reference })
      return []
    } catch (error) {
      return [reasonOf(error)]
    }
  })
}

/** Ids that several operations have. */
function sharedIds(operations: readonly ReadOperation[]): readonly string[] {
  const seen = new Set<string>()
  return operations.flatMap(({ id }) => (seen.size === seen.add(id).size ? [`Two operations are called ${id}`] : []))
}

function pathFaults({ path, id, parameters }: ReadOperation): readonly string[] {
  const holes = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const described = parameters.filter((one) => one.in === 'path').map(({ name }) => name)
  return [
    ...holes.filter((name) => !described.includes(name)).map((name) => `${id}: {${name}} of the path is not described`),
    ...described.filter((name) => !holes.includes(name)).map((name) => `${id}: the path has no {${name}}`),
  ]
}

/** What the text of a parameter holds. */
function inside({ schema, example }: ReadParameter) {
  const { contentSchema } = schema ?? {}
  return isPart(contentSchema) && typeof example === 'string'
    ? [{ schema: contentSchema, example: parsed(example) }]
    : []
}

/** Examples must be what their own schemas take. */
function exampleFaults({ id, body, parameters }: ReadOperation, check: SchemaCheck): readonly string[] {
  return [...Object.values(body?.content ?? {}), ...parameters, ...parameters.flatMap(inside)].flatMap(
    ({ schema, example }) =>
      schema === undefined || example === undefined
        ? []
        : check(schema, example).map((fault) => `${id}: its example is wrong: ${fault}`),
  )
}

const responseFaults = ({ id, responses }: ReadOperation): readonly string[] =>
  [...responses.keys()].some((status) => status.startsWith('2')) ? [] : [`${id} has no success`]

/** What is wrong with an OpenAPI document: its form, its references, its ids, paths and examples. */
export function documentFaults(value: unknown): readonly string[] {
  try {
    const document = readDocument(value)
    const dangling = danglingIn(document)
    if (dangling.length > 0) return dangling
    const operations = operationsOf(document)
    const check = schemaCheckOf(document)
    const version = /^3\.[01]\./.test(document.openapi) ? [] : [`openapi is ${document.openapi}, not 3.0 or 3.1`]
    return [
      ...version,
      ...sharedIds(operations),
      ...operations.flatMap((one) => [...pathFaults(one), ...responseFaults(one), ...exampleFaults(one, check)]),
    ]
  } catch (error) {
    return [reasonOf(error)]
  }
}

import type { DescribedAction } from '@postern/core'
import { answerSchema } from './answers.js'
import type { Components, Part, Reference } from './components.js'
import { baseOf, componentName, operationId, pathOf, postIdOf } from './names.js'
import { knownQuery } from './parameters.js'
import type { RecordSchemas } from './record-schemas.js'
import { success, type ErrorResponses } from './responses.js'
import { sampleOf } from './sample.js'
import { inputSchemaOf, jsonSchemaOf } from './zod-schemas.js'

export interface OperationTools {
  readonly components: Components
  readonly records: RecordSchemas
  readonly errors: ErrorResponses
  readonly hasRoles: boolean
  /** Ids of operations of this resource. */
  readonly isTaken: (id: string) => boolean
}

export interface PlacedOperation {
  readonly path: string
  readonly method: 'get' | 'post'
  readonly operation: Part
}

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const isList = ({ type }: Part): boolean => type === 'array'

/** The members of an input that comes from the query string. */
function inputParameters(
  { input, resource, action }: DescribedAction,
  { components }: OperationTools,
): readonly Part[] {
  if (!input) return []
  const schema = jsonSchemaOf(input, 'input', `${resource}.${action}.input`, components)
  const required = listOf(schema['required'])
  const properties = isPart(schema['properties']) ? schema['properties'] : {}
  return Object.entries(properties).map(([name, given]) => {
    const { description, ...member } = isPart(given) ? given : {}
    return {
      name,
      in: 'query',
      ...(typeof description === 'string' ? { description } : {}),
      ...(required.includes(name) ? { required: true } : {}),
      schema: member,
      ...(isList(member) ? { style: 'form', explode: false } : {}),
    }
  })
}

const keyParameter = ({ components }: OperationTools): Reference =>
  components.common('parameters', 'key', () => ({
    name: 'filterByTk',
    in: 'query',
    required: true,
    description: 'Which record, by the key that identifies it. It may stand at the end of the path instead.',
    schema: { type: ['integer', 'string'] },
    example: 1,
  }))

const parentParameter = (resource: string): Part => ({
  name: 'sourceId',
  in: 'path',
  required: true,
  description: `The key of the record of ${baseOf(resource)}.`,
  schema: { type: 'string' },
  example: '1',
})

type Header = Pick<DescribedAction['headers'][number], 'name' | 'description' | 'example'>

const headerParameter = ({ name, description, example }: Header, { components }: OperationTools): Reference =>
  components.common('parameters', componentName(name), () => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
    ...(example === undefined ? {} : { example }),
  }))

const asRole = 'Act as one of your own roles; otherwise all of them count together.'

function headersOf({ document, headers }: DescribedAction, tools: OperationTools): readonly Reference[] {
  const role = tools.hasRoles ? [headerParameter({ name: 'X-Role', description: asRole }, tools)] : []
  const own = headers.map((header) => headerParameter(header, tools))
  const zone = 'An offset or an IANA name: the zone in which the dates of filters are meant. UTC without it.'
  const hasDates = document.parameters?.includes('filter') === true
  const dates = hasDates ? [headerParameter({ name: 'X-Timezone', description: zone, example: 'UTC' }, tools)] : []
  return [...role, ...own, ...dates]
}

/** Keys of records, or keys with attributes of their links. */
const keysSchema = ({ components }: OperationTools): Part =>
  components.common('schemas', 'Keys', () => {
    const key = { type: ['integer', 'string'] }
    return { type: 'array', items: { anyOf: [key, { type: 'array', items: {} }] }, examples: [[1, 2]] }
  })

function alsoOf({ document, resource, action }: DescribedAction, { components }: OperationTools): Part {
  if (!document.also) return {}
  const { properties } = jsonSchemaOf(document.also, 'input', `${resource}.${action}.also`, components)
  return isPart(properties) ? properties : {}
}

function bodySchema(action: DescribedAction, tools: OperationTools): { schema: Part; required: boolean } | undefined {
  const { document, input, resource, action: name } = action
  const { records, components } = tools
  if (document.body === 'keys') return { schema: keysSchema(tools), required: false }
  if (document.body === 'changes') return { schema: records.changes(action, alsoOf(action, tools)), required: true }
  if (document.body !== undefined) {
    const one = records.created(action, alsoOf(action, tools))
    const schema = document.body === 'record' ? one : { anyOf: [one, { type: 'array', items: one }] }
    return { schema, required: true }
  }
  if (!input) return undefined
  const schema = inputSchemaOf(input, `${resource}.${name}.input`, components)
  return { schema, required: listOf(schema['required']).length > 0 }
}

function requestBody({ schema, required }: { schema: Part; required: boolean }, tools: OperationTools): Part {
  const example = sampleOf(schema, (part) => tools.components.resolve(part))
  const content = { schema, ...(example === undefined ? {} : { example }) }
  return { requestBody: { required, content: { 'application/json': content } } }
}

/** What a parameter takes, where it stands in a body and need not be a text. */
function memberOf(parameter: Part): readonly [string, Part] {
  const { name, description, schema } = parameter
  const given = isPart(schema) ? schema : {}
  const own = isPart(given['contentSchema']) ? given['contentSchema'] : given
  return [String(name), { ...own, ...(typeof description === 'string' ? { description } : {}) }]
}

/** What must be given: `measures` is one of two of which one must be. */
function exampleOf({ name, example, required, schema }: Part): readonly (readonly [string, unknown])[] {
  if (example === undefined || (required !== true && name !== 'measures')) return []
  const isJson = isPart(schema) && schema['contentSchema'] !== undefined && typeof example === 'string'
  return [[String(name), isJson ? JSON.parse(example) : example]]
}

/** Reading actions answer to POST too, with their parameters in the body: what is too long for an address. */
function readingBody(action: DescribedAction, given: readonly Part[], tools: OperationTools): Part {
  const { input, resource, action: name } = action
  if (input) {
    const schema = inputSchemaOf(input, `${resource}.${name}.input`, tools.components)
    const required = listOf(schema['required'])
    const made = sampleOf(schema, (part) => tools.components.resolve(part))
    // What need not be said is not made up: it may ask for something that is not there.
    const example = Object.fromEntries(
      Object.entries(isPart(made) ? made : {}).filter(([name]) => required.includes(name)),
    )
    return { requestBody: { required: required.length > 0, content: { 'application/json': { schema, example } } } }
  }
  const parameters = given.map((parameter) => tools.components.resolve(parameter))
  if (parameters.length === 0) return {}
  const required = parameters.flatMap((one) => (one['required'] === true ? [String(one['name'])] : []))
  const schema = {
    type: 'object',
    properties: Object.fromEntries(parameters.map(memberOf)),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
  const example = Object.fromEntries(parameters.flatMap(exampleOf))
  return { requestBody: { required: required.length > 0, content: { 'application/json': { schema, example } } } }
}

/** Any of the strategies that it takes; nothing at all where anybody may call. */
const security = ({ isPublic, strategies }: DescribedAction): readonly Part[] => [
  ...(isPublic ? [{}] : []),
  ...strategies.map((name) => ({ [name]: [] })),
]

const postOf = (parameters: readonly Part[], body: Part, more: Part): Part => ({ ...more, parameters, ...body })

/** An action as operations of OpenAPI: one that writes answers to POST, one that reads to GET and POST. */
export function operationsOf(action: DescribedAction, tools: OperationTools): readonly PlacedOperation[] {
  const { resource, action: name, summary, description, reads, owner, document, needsKey } = action
  const { parameters, errors } = knownQuery(action, tools.records, tools.components)
  const path = document.path ?? pathOf(resource, name)
  const schema = answerSchema(action, tools.records, tools.components)
  const id = operationId(resource, name)
  const about = {
    tags: [baseOf(resource)],
    summary,
    description: description ?? `${summary}.`,
    'x-plugin': owner,
    security: security(action),
  }
  const answers = (hasBody: boolean): Part => ({
    '200': success(summary, schema, tools.components),
    ...tools.errors.of(action, errors, hasBody, tools.components),
  })
  const placed = [
    ...(path.includes('{sourceId}') ? [parentParameter(resource)] : []),
    ...(needsKey ? [keyParameter(tools)] : []),
  ]
  const headers = headersOf(action, tools)
  if (!reads) {
    const body = bodySchema(action, tools)
    const post = postOf([...placed, ...parameters, ...headers], body ? requestBody(body, tools) : {}, about)
    return [{ path, method: 'post', operation: { operationId: id, ...post, responses: answers(body !== undefined) } }]
  }
  const asked = [...placed, ...parameters, ...inputParameters(action, tools), ...headers]
  const get = { operationId: id, ...about, parameters: asked, responses: answers(false) }
  // An address of its own is a spelling of REST: POST means something else there.
  if (document.path !== undefined) return [{ path, method: 'get', operation: get }]
  const post = {
    ...postOf([...placed, ...headers], readingBody(action, parameters, tools), about),
    operationId: postIdOf(id, tools.isTaken),
    responses: answers(true),
  }
  return [
    { path, method: 'get', operation: get },
    { path, method: 'post', operation: post },
  ]
}

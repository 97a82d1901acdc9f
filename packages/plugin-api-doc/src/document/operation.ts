import type { DescribedAction } from '@postern/core'
import { answerSchema } from './answers.js'
import type { Components, Part, Reference } from './components.js'
import { baseOf, componentName, operationId, pathOf } from './names.js'
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
  components.use('parameters', 'key', () => ({
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
  components.use('parameters', componentName(name), () => ({
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
  components.use('schemas', 'Keys', () => {
    const key = { type: ['integer', 'string'] }
    return { type: 'array', items: { anyOf: [key, { type: 'array', items: {} }] }, examples: [[1, 2]] }
  })

function alsoOf({ document, resource, action }: DescribedAction, { components }: OperationTools): Part {
  if (!document.also) return {}
  const { properties } = jsonSchemaOf(document.also, 'input', `${resource}.${action}.also`, components)
  return isPart(properties) ? properties : {}
}

function bodySchema(action: DescribedAction, tools: OperationTools): { schema: Part; required: boolean } | undefined {
  const { document, input, reads, resource, action: name } = action
  const { records, components } = tools
  if (document.body === 'keys') return { schema: keysSchema(tools), required: false }
  if (document.body === 'changes') return { schema: records.changes(action, alsoOf(action, tools)), required: true }
  if (document.body !== undefined) {
    const one = records.created(action, alsoOf(action, tools))
    const schema = document.body === 'record' ? one : { anyOf: [one, { type: 'array', items: one }] }
    return { schema, required: true }
  }
  if (!input || reads) return undefined
  const schema = inputSchemaOf(input, `${resource}.${name}.input`, components)
  return { schema, required: listOf(schema['required']).length > 0 }
}

function requestBody(action: DescribedAction, tools: OperationTools): Part {
  const body = bodySchema(action, tools)
  if (!body) return {}
  const { schema, required } = body
  const example = sampleOf(schema, (part) => tools.components.resolve(part))
  const content = { schema, ...(example === undefined ? {} : { example }) }
  return { requestBody: { required, content: { 'application/json': content } } }
}

/** Any of the strategies that it takes; nothing at all where anybody may call. */
const security = ({ isPublic, strategies }: DescribedAction): readonly Part[] => [
  ...(isPublic ? [{}] : []),
  ...strategies.map((name) => ({ [name]: [] })),
]

/** An action as an operation of OpenAPI. */
export function operationOf(action: DescribedAction, tools: OperationTools): PlacedOperation {
  const { resource, action: name, summary, description, reads, owner, document, needsKey } = action
  const { parameters, errors } = knownQuery(action, tools.records, tools.components)
  const path = document.path ?? pathOf(resource, name)
  const schema = answerSchema(action, tools.records, tools.components)
  const operation = {
    operationId: operationId(resource, name),
    tags: [baseOf(resource)],
    summary,
    ...(description === undefined ? {} : { description }),
    'x-plugin': owner,
    parameters: [
      ...(path.includes('{sourceId}') ? [parentParameter(resource)] : []),
      ...(needsKey ? [keyParameter(tools)] : []),
      ...parameters,
      ...(reads ? inputParameters(action, tools) : []),
      ...headersOf(action, tools),
    ],
    ...requestBody(action, tools),
    responses: { '200': success(summary, schema, tools.components), ...tools.errors.of(action, errors) },
    security: security(action),
  }
  return { path, method: reads ? 'get' : 'post', operation }
}

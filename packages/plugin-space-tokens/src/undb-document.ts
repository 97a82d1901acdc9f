import { LongWork, notFound, type DescribedAction, type PluginContext, type Principal } from '@postern/core'
import { spaced } from './collections.js'
import { tokenHeader } from './token-verifier.js'

type Context = PluginContext<object, object>
type Schema = Readonly<Record<string, unknown>>
/** What a reader may do with one collection, by the names of actions. */
type Allowed = ReadonlyMap<string, DescribedAction>

const json = (schema: Schema) => ({ content: { 'application/json': { schema } } })
const objectOf = (properties: Schema, required: readonly string[] = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
})
const error = { $ref: '#/components/responses/Error' }
const filter: Schema = {
  type: 'object',
  description: 'In the form of the API, or in undb’s: {"conjunction":"and","children":[{"field","op","value"}]}',
}

const query = (name: string, schema: Schema) => ({ name, in: 'query', required: false, schema })
const pageParameters = [
  query('page', { type: 'integer', minimum: 1, default: 1 }),
  query('pageSize', { type: 'integer', minimum: 1, default: 20 }),
  query('sort', { type: 'string', description: 'Names of fields, with a minus for the other direction' }),
  { name: 'filter', in: 'query', required: false, content: { 'application/json': { schema: filter } } },
]
const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

/** What may be sent with an action: of new records, whatever they must have as well. */
function valuesFor({ collection, writable }: DescribedAction, isNew: boolean): Schema {
  const fields = writable.flatMap((name) => collection?.fields.get(name) ?? [])
  const properties = Object.fromEntries(fields.map(({ name, input }) => [name, input]))
  const needed = fields.flatMap(({ name, needed: isNeeded }) => (isNew && isNeeded ? [name] : []))
  return { ...objectOf(properties, needed), additionalProperties: false }
}

function recordOf({ collection, readable = [] }: DescribedAction): Schema {
  const key = collection?.fields.get('id')?.output ?? {}
  const fields = readable.flatMap((name) => (name === 'id' ? [] : (collection?.fields.get(name) ?? [])))
  const values = Object.fromEntries(fields.map(({ name, output }) => [name, output]))
  const texts = Object.fromEntries(fields.map(({ name }) => [name, { type: ['string', 'null'] }]))
  return objectOf({ id: key, values: objectOf(values, []), displayValues: objectOf(texts, []) })
}

interface Sketch {
  readonly method: string
  readonly path: string
  /** The action that does the work: who may not call it is not told of this operation. */
  readonly action: string
  readonly id: string
  readonly summary: string
  readonly status: number
  readonly parameters?: readonly Schema[]
  readonly takes?: (action: DescribedAction) => Schema
  readonly gives?: (action: DescribedAction) => Schema
}

const one = '/{id}'
const count = (name: string) => () => objectOf({ [name]: { type: 'integer' } })
const changes = (action: DescribedAction) => objectOf({ values: valuesFor(action, false) })
const creates = (action: DescribedAction) => objectOf({ values: valuesFor(action, true) })
const listed = (action: DescribedAction) =>
  objectOf({ total: { type: 'integer' }, records: { type: 'array', items: recordOf(action) } })

const sketches: readonly Sketch[] = [
  {
    method: 'get',
    path: '',
    action: 'list',
    id: 'list',
    summary: 'A page of records',
    status: 200,
    parameters: pageParameters,
    gives: listed,
  },
  {
    method: 'post',
    path: '',
    action: 'create',
    id: 'create',
    summary: 'Make a record',
    status: 201,
    takes: creates,
    gives: recordOf,
  },
  {
    method: 'patch',
    path: '',
    action: 'update',
    id: 'updateMany',
    summary: 'Change the records that a filter matches',
    status: 200,
    takes: (action) => objectOf({ filter, values: valuesFor(action, false) }),
    gives: count('modifiedCount'),
  },
  {
    method: 'delete',
    path: '',
    action: 'destroy',
    id: 'deleteMany',
    summary: 'Delete the records that a filter matches',
    status: 200,
    takes: () => objectOf({ filter }),
    gives: count('deletedCount'),
  },
  {
    method: 'post',
    path: '/bulk',
    action: 'create',
    id: 'createMany',
    summary: 'Make several records, all or none',
    status: 201,
    takes: (action) => objectOf({ records: { type: 'array', items: creates(action) } }),
    gives: count('createdCount'),
  },
  { method: 'get', path: one, action: 'get', id: 'get', summary: 'Read a record', status: 200, gives: recordOf },
  {
    method: 'patch',
    path: one,
    action: 'update',
    id: 'update',
    summary: 'Change a record',
    status: 200,
    takes: changes,
    gives: recordOf,
  },
  { method: 'delete', path: one, action: 'destroy', id: 'delete', summary: 'Delete a record', status: 204 },
  {
    method: 'post',
    path: `${one}/duplicate`,
    action: 'create',
    id: 'duplicate',
    summary: 'Make another record with the values of this one',
    status: 201,
    gives: recordOf,
  },
]

function operationOf({ id, summary, status, parameters, takes, gives }: Sketch, name: string, action: DescribedAction) {
  const answer = { description: summary, ...(gives ? json(gives(action)) : {}) }
  return {
    operationId: `${name}.${id}`,
    summary,
    tags: [name],
    ...(parameters ? { parameters } : {}),
    ...(takes ? { requestBody: { required: true, ...json(takes(action)) } } : {}),
    responses: { [status]: answer, '4XX': error, '5XX': error },
  }
}

function pathsOf(name: string, allowed: Allowed): readonly (readonly [string, Schema])[] {
  const records = `/tables/${encodeURIComponent(name)}/records`
  return [...new Set(sketches.map(({ path }) => path))].flatMap((path) => {
    const operations = sketches.flatMap((sketch) => {
      const action = sketch.path === path ? allowed.get(sketch.action) : undefined
      return action ? [[sketch.method, operationOf(sketch, name, action)] as const] : []
    })
    if (operations.length === 0) return []
    const parameters = path.includes('{id}') ? { parameters: [idParameter] } : {}
    return [[`${records}${path}`, { ...parameters, ...Object.fromEntries(operations) }] as const]
  })
}

const errorForm = objectOf({
  errors: {
    type: 'array',
    items: objectOf(
      Object.fromEntries(['code', 'message', 'path', 'reason'].map((name) => [name, { type: 'string' }])),
      ['code', 'message'],
    ),
  },
})

/** What a reader may do with each divided collection, or with one: found out in short turns, since there may be many. */
async function pathsFor({ openapi, collections }: Context, reader: Principal, only: string | undefined) {
  const work = await LongWork.begin()
  const tags: { name: string }[] = []
  const paths: (readonly [string, Schema])[] = []
  for (const { name, groups } of openapi.describe(reader).resources()) {
    if (collections.has(name, spaced) && (only === undefined || name === only)) {
      const own = groups.flatMap((group) => group.actions()).filter(({ resource }) => resource === name)
      const allowed = new Map(own.map((action) => [action.action, action]))
      if (allowed.size > 0) tags.push({ name })
      paths.push(...pathsOf(name, allowed))
    }
    await work.pause()
  }
  return { tags, paths: Object.fromEntries(paths) }
}

/** The OpenAPI document of a space for one reader: all of its collections, or one. @throws 404 */
export async function describeSpace(
  context: Context,
  reader: Principal,
  space: string,
  only?: string,
): Promise<object> {
  if (only !== undefined && !context.collections.has(only, spaced)) throw notFound()
  const { tags, paths } = await pathsFor(context, reader, only)
  return {
    openapi: '3.1.0',
    info: { title: space, version: '1.0.0' },
    servers: [{ url: `${context.openapi.settings.publicUrl ?? ''}/openapi/bases/${encodeURIComponent(space)}` }],
    security: [{ spaceToken: [] }],
    tags,
    paths,
    components: {
      securitySchemes: { spaceToken: { type: 'apiKey', in: 'header', name: tokenHeader } },
      responses: { Error: { description: 'Refused', ...json(errorForm) } },
    },
  }
}

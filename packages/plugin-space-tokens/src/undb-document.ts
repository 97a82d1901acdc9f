import { notFound, type PluginContext } from '@postern/core'
import { spaced } from './collections.js'
import { tokenHeader } from './token-verifier.js'

type Context = PluginContext<object, object>
type Field = ReturnType<Context['collections']['fieldsOf']>[number]

const numbers = new Set(['integer', 'bigInt', 'float', 'double', 'sort'])
const typeOf = ({ type }: Field): object => {
  if (numbers.has(type)) return { type: 'number' }
  if (type === 'boolean' || type === 'radio') return { type: 'boolean' }
  if (type === 'array') return { type: 'array', items: {} }
  return type === 'json' ? {} : { type: 'string' }
}

const schemaOf = (fields: readonly Field[]): object => ({
  type: 'object',
  properties: Object.fromEntries(fields.map((field) => [field.name, typeOf(field)])),
})

const json = (schema: object): object => ({ content: { 'application/json': { schema } } })
const answer = (description: string, schema?: object): object => ({ description, ...(schema ? json(schema) : {}) })
const objectOf = (properties: object): object => ({ type: 'object', properties })

function pathsOf(collection: string, fields: readonly Field[]): Readonly<Record<string, object>> {
  const values = schemaOf(fields.filter(({ readOnly }) => !readOnly))
  const record = objectOf({ id: { type: 'number' }, values: schemaOf(fields), displayValues: { type: 'object' } })
  const count = (name: string) => answer('Done', objectOf({ [name]: { type: 'integer' } }))
  const filter = { type: 'object', description: 'In the form of the API, or in undb’s: {"conjunction","children"}' }
  const takes = (properties: object) => ({ requestBody: { required: true, ...json(objectOf(properties)) } })
  const ok = (status: number, response: object) => ({ responses: { [status]: response } })
  const page = ['page', 'pageSize'].map((name) => ({ name, in: 'query', schema: { type: 'integer', minimum: 1 } }))
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
  const list = objectOf({ total: { type: 'integer' }, records: { type: 'array', items: record } })
  const records = `/tables/${encodeURIComponent(collection)}/records`
  return {
    [records]: {
      get: { parameters: page, ...ok(200, answer('A page of records', list)) },
      post: { ...takes({ values }), ...ok(201, answer('The record', record)) },
      patch: { ...takes({ filter, values }), ...ok(200, count('modifiedCount')) },
      delete: { ...takes({ filter }), ...ok(200, count('deletedCount')) },
    },
    [`${records}/bulk`]: {
      post: {
        ...takes({ records: { type: 'array', items: objectOf({ values }) } }),
        ...ok(201, count('createdCount')),
      },
    },
    [`${records}/{id}`]: {
      parameters: [id],
      get: ok(200, answer('The record', record)),
      patch: { ...takes({ values }), ...ok(200, answer('The record', record)) },
      delete: ok(204, answer('Deleted')),
    },
    [`${records}/{id}/duplicate`]: { parameters: [id], post: ok(201, answer('The new record', record)) },
  }
}

/** The OpenAPI document of a space: all of its collections, or one. @throws 404 */
export function describeSpace({ collections }: Context, space: string, only?: string): object {
  if (only !== undefined && !collections.has(only, spaced)) throw notFound()
  const names = only === undefined ? collections.withOption(spaced) : [only]
  return {
    openapi: '3.1.0',
    info: { title: space, version: '1.0.0' },
    servers: [{ url: `/openapi/bases/${encodeURIComponent(space)}` }],
    security: [{ spaceToken: [] }],
    components: { securitySchemes: { spaceToken: { type: 'apiKey', in: 'header', name: tokenHeader } } },
    paths: Object.fromEntries(names.flatMap((name) => Object.entries(pathsOf(name, collections.fieldsOf(name))))),
  }
}

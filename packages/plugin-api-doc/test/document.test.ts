import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ReceivedJson, TestApp } from '@postern/testkit'
import { createDocApp, documentOf, getDocument, rootSession, sessionOf } from './doc-app.js'

let app: TestApp
let root: string
let document: ReceivedJson

beforeAll(async () => {
  app = await createDocApp()
  root = await rootSession(app)
  document = await documentOf(app, root)
})
afterAll(() => app?.close())

const operationsOf = (given: ReceivedJson): ReceivedJson[] =>
  Object.values(given.paths).flatMap((path) => Object.values(path ?? {}))
const schema = (name: string): ReceivedJson => document.components.schemas[name]

describe('what is in it', () => {
  it('is OpenAPI 3.1 with the address of the API as its server, whatever the request calls the host', async () => {
    const { body } = await app.request('GET', '/api/openapi.json', {
      token: root,
      headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
    })
    expect(body.openapi).toMatch(/^3\.1\./)
    expect(body.servers).toMatchObject([{ url: '/api' }])
    expect(JSON.stringify(body)).not.toContain('evil')
  })

  it('has every action that is registered, by its methods: one that reads answers to GET and POST', () => {
    const { resources, acl } = app.application.host
    // What is only a right cannot be called, and some things not even root may do.
    const reader = { kind: 'session', userId: 1, roles: ['root'] }
    const callable = (resource: string) =>
      resources.actionsOf(resource).filter((name) => resources.find(resource, name) && acl.find(reader, resource, name))
    const expected = [...new Set([...resources.names(), ...resources.relations()])].flatMap((resource) =>
      callable(resource).flatMap((action) => {
        // An address that is only a spelling of REST has no second method.
        if (resource === 'openapi.json') return [{ method: 'get', path: '/openapi.json' }]
        const path = `/${resource.replace('.', '/{sourceId}/')}:${action}`
        const isReading = resources.find(resource, action)?.action.reads === true
        return [...(isReading ? ['get'] : []), 'post'].map((method) => ({ method, path }))
      }),
    )
    const found = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods ?? {}).map((method) => ({ method, path })),
    )
    const order = (list: { path: string }[]) => list.toSorted((a, b) => (a.path < b.path ? -1 : 1))
    expect(order(found)).toEqual(order(expected))
  })

  it('gives each operation an id of its own that is an identifier, a tag with a description, and who may call', () => {
    const operations = operationsOf(document)
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z_]\w*$/)
    for (const tag of document.tags) expect(tag['x-displayName']).toEqual(expect.stringMatching(/./))
    const tags = new Map(document.tags.map((tag: ReceivedJson) => [tag.name, tag.description]))
    for (const { tags: own, summary } of operations) {
      for (const tag of own) expect(tags.get(tag)).toEqual(expect.stringMatching(/./))
      expect(summary).not.toBe('')
    }
    expect(document.paths['/todos:list'].get.security).toEqual([{ 'api-key': [] }, { session: [] }])
    // A key makes no keys, so only a session is named there.
    expect(document.paths['/apiKeys:create'].post.security).toEqual([{ session: [] }])
    expect(document.paths['/auth:signIn'].post.security[0]).toEqual({})
    expect(document.components.securitySchemes).toMatchObject({
      session: { type: 'http', scheme: 'bearer' },
      'api-key': { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    })
  })

  it('describes fields as the server checks them', () => {
    const { properties, required, additionalProperties } = schema('todos.new')
    expect(properties).toMatchObject({
      title: { title: 'What is to be done', type: 'string', maxLength: 80 },
      completed: { type: ['boolean', 'null'], default: false },
      state: { type: 'string', enum: ['open', 'done'], default: 'open' },
      due: { type: ['string', 'null'], format: 'date' },
      stars: { type: ['integer', 'null'], minimum: 0, maximum: 5 },
      secret: { type: ['string', 'null'], maxLength: 255 },
    })
    expect({ required, additionalProperties }).toEqual({ required: ['title'], additionalProperties: false })
    expect(properties).not.toHaveProperty('id')
  })

  it('describes records as they come: nothing hidden, and what the server sets is read-only', () => {
    const { properties } = schema('todos')
    const { createdBy, updatedBy, ...own } = properties
    expect([createdBy, updatedBy]).toEqual([
      expect.objectContaining({ description: 'Comes with `appends=createdBy`.' }),
      expect.objectContaining({ description: 'Comes with `appends=updatedBy`.' }),
    ])
    expect(Object.keys(own)).toEqual(
      ['createdAt', 'updatedAt', 'completed', 'createdById', 'due', 'id', 'price', 'stars', 'state', 'title'].concat(
        'updatedById',
      ),
    )
    expect(properties).toMatchObject({
      id: { type: 'integer', readOnly: true },
      createdAt: { type: 'string', format: 'date-time', readOnly: true },
      price: { type: ['string', 'null'] },
    })
    expect(schema('todos.whole').required).toEqual(Object.keys(own))
    expect(JSON.stringify(schema('users'))).not.toContain('password')
  })

  it('has the parameters of lists, the filter language among them', () => {
    const names = document.paths['/todos:list'].get.parameters.map(({ $ref }: ReceivedJson) => {
      const parameter = document.components.parameters[String($ref).split('/').at(-1) ?? '']
      return parameter.name
    })
    expect(names).toEqual(
      expect.arrayContaining(['filter', 'fields', 'except', 'sort', 'page', 'pageSize', 'paginate', 'count', 'X-Role']),
    )
    const filter = document.components.parameters['todos.query.filter']
    expect(filter.schema).toMatchObject({ type: 'string', contentMediaType: 'application/json' })
    expect(JSON.parse(filter.example)).toEqual({ state: { $includes: 'a' } })
    expect(Object.keys(schema('todos.filter').properties)).toEqual(
      expect.arrayContaining(['title', '$and', '$or', '$not']),
    )
    expect(Object.keys(schema('Filter.text').anyOf[0].properties)).toEqual(
      expect.arrayContaining(['$eq', '$in', '$includes', '$endWith', '$empty']),
    )
  })

  it('has the errors of each action, from the catalogue', () => {
    const { responses } = document.paths['/todos:update'].post
    expect(Object.keys(responses)).toEqual([
      '200',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '429',
      '500',
      '503',
      'default',
    ])
    const bad = document.components.responses[responses['400'].$ref.split('/').at(-1)]
    expect(Object.keys(bad.content['application/json'].examples)).toEqual(
      expect.arrayContaining(['EMPTY_FILTER', 'INVALID_FILTER', 'UNKNOWN_FIELD', 'READONLY_FIELD', 'INVALID_JSON']),
    )
    expect(document.components.responses.Unauthorized.headers).toHaveProperty('WWW-Authenticate')
    expect(document.components.responses.TooManyRequests.headers).toHaveProperty('Retry-After')
  })

  it('shows titles and descriptions as they are, whatever is in them', async () => {
    const hostile = '</script><img src=x onerror=alert(1)>\u2028[a](javascript:alert(1))'
    await app.application.call('collections', 'create', {
      body: {
        name: 'hostile',
        title: hostile,
        description: hostile,
        fields: [{ name: 'a', type: 'text', title: hostile }],
      },
    })
    const { components, tags } = await documentOf(app, root, 'collections/hostile')
    expect(components.schemas.hostile).toMatchObject({ title: hostile, description: hostile })
    expect(components.schemas.hostile.properties.a.title).toBe(hostile)
    expect(tags[0]['x-displayName']).toBe(hostile)
  })
})

describe('for its reader', () => {
  it('has only what he may call, and only fields that he may read', async () => {
    const reader = await sessionOf(app, 'rita', ['reader'])
    const { body: made } = await app.request('POST', '/api/apiKeys:create', {
      token: reader,
      body: { name: 'docs', role: 'reader' },
    })
    const own = await documentOf(app, made.data.token)
    expect(Object.keys(own.paths).filter((path) => path.startsWith('/todos'))).toEqual(['/todos:get', '/todos:list'])
    expect(Object.keys(own.paths)).not.toContain('/users:list')
    expect(Object.keys(own.components.schemas.todos.properties)).toEqual(['completed', 'id', 'title'])
    expect(Object.keys(own.components.schemas['todos.filter'].properties)).not.toContain('stars')
    expect(JSON.stringify(own)).not.toMatch(/secret|stars|price/)
    // A key cannot make keys, so making them is not among what it may call.
    expect(Object.keys(own.paths).filter((path) => path.startsWith('/apiKeys'))).toEqual(['/apiKeys:destroy'])
  })

  it('changes with X-Role', async () => {
    const token = await sessionOf(app, 'ed', ['reader', 'editor'])
    const paths = async (role: string): Promise<string[]> => {
      const { body } = await app.request('GET', '/api/swagger:get', { token, headers: { 'X-Role': role } })
      return Object.keys(body.paths)
    }
    expect(await paths('editor')).toContain('/todos:create')
    expect(await paths('reader')).not.toContain('/todos:create')
  })

  it('is 401 for nobody in particular', async () => {
    for (const path of ['swagger:get', 'swagger:getUrls', 'openapi.json']) {
      expect(await app.request('GET', `/api/${path}`)).toMatchObject({
        status: 401,
        body: { errors: [{ code: 'EMPTY_TOKEN' }] },
      })
    }
    expect(await getDocument(app, 'not-a-key')).toMatchObject({
      status: 401,
      body: { errors: [{ code: 'INVALID_TOKEN' }] },
    })
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, defineErrors, definePlugin, type Plugin } from '@postern/core'
import apiKeys from '@postern/plugin-api-keys'
import { createTestApp, expectCleanDisable, type ReceivedJson, type TestApp } from '@postern/testkit'
import { z } from 'zod'
import apiDoc from '../src/index.js'
import { createDocApp, documentOf, getDocument, rootSession } from './doc-app.js'

const errors = defineErrors('LIBRARY', { CLOSED: { status: 409, message: 'The library is closed until {day}' } })

interface Shelf {
  readonly name: string
  readonly inner?: Shelf | undefined
}
const shelf: z.ZodType<Shelf> = z.object({
  name: z.string(),
  get inner() {
    return shelf.optional()
  },
})

/** Actions of a plugin, without a line of documentation. */
const library: Plugin = definePlugin({
  name: 'library',
  setup: ({ resources, openapi }) => {
    resources.define('books', {
      search: defineAction({
        summary: 'Search the catalogue',
        reads: true,
        input: z.object({
          words: z.string().min(2),
          limit: z.int().min(1).max(50).default(10),
          tags: z.array(z.string()).optional(),
        }),
        output: z.array(z.object({ title: z.string(), shelf })),
        run: () => [],
      }),
      lend: defineAction({
        summary: 'Lend a book',
        description: 'To whoever is signed in.',
        key: true,
        input: z.object({ days: z.int().min(1) }),
        output: z.object({ until: z.iso.datetime() }),
        document: { errors: ['LIBRARY_CLOSED'] },
        run: () => {
          throw errors.CLOSED({ day: 'Monday' })
        },
      }),
    })
    openapi.extend((document, reader) => ({ ...document, 'x-reader': reader.kind }))
  },
})

let app: TestApp
let root: string
const pathsOf = async (ns?: string): Promise<string[]> => Object.keys((await documentOf(app, root, ns)).paths)

beforeAll(async () => {
  app = await createTestApp({ plugins: [apiKeys, apiDoc], availablePlugins: [library] })
  root = await rootSession(app)
})
afterAll(() => app?.close())

describe('the next answer knows', () => {
  it('a collection and a field made at run time, changed and dropped', async () => {
    await app.collection('pets', { name: 'string' })
    expect(await pathsOf()).toContain('/pets:list')
    await app.application.call('collections.fields', 'create', {
      sourceId: 'pets',
      body: { name: 'age', type: 'integer' },
    })
    const before = await getDocument(app, root, 'collections/pets')
    expect(before.body.components.schemas.pets.properties.age).toMatchObject({ type: ['integer', 'null'] })
    await app.application.call('collections.fields', 'update', { sourceId: 'pets', key: 'age', body: { maximum: 30 } })
    const after = await getDocument(app, root, 'collections/pets')
    expect(after.body.components.schemas.pets.properties.age).toMatchObject({ maximum: 30 })
    expect(after.headers['etag']).not.toBe(before.headers['etag'])
    await app.application.call('collections', 'destroy', { key: 'pets' })
    expect(await pathsOf()).not.toContain('/pets:list')
    expect(await getDocument(app, root, 'collections/pets')).toMatchObject({ status: 404 })
  })

  it('a grant that is given and taken away', async () => {
    await app.collection('pans', { name: 'string' })
    const { token } = await app.user('gus', { roles: ['cook'] })
    const paths = async (): Promise<string[]> => Object.keys((await documentOf(app, token)).paths)
    expect(await paths()).not.toContain('/pans:list')
    await app.grant('cook', 'pans', ['list'])
    expect(await paths()).toContain('/pans:list')
    await app.application.call('grants', 'destroy', { params: { filter: { role: 'cook' } } })
    expect(await paths()).not.toContain('/pans:list')
  })

  it('a plugin with its actions, errors and its way to authenticate, and that it is off', async () => {
    await app.application.plugins.enable('library', 'test')
    const { paths, components, ...rest } = await documentOf(app, root, 'plugins/library')
    expect(paths['/books:search'].get).toMatchObject({
      operationId: 'books_search',
      summary: 'Search the catalogue',
      'x-plugin': 'library',
    })
    const lend = paths['/books:lend'].post
    expect(lend).toMatchObject({ description: 'To whoever is signed in.' })
    expect(lend.requestBody).toMatchObject({
      required: true,
      content: {
        'application/json': { schema: { required: ['days'], additionalProperties: false }, example: { days: 1 } },
      },
    })
    expect(components.responses[lend.responses['409'].$ref.split('/').at(-1)].description).toContain(
      '`LIBRARY_CLOSED`: The library is closed until …',
    )
    expect(rest['x-reader']).toBe('session')
    await app.application.plugins.disable('library', 'test')
    expect(await pathsOf()).not.toContain('/books:search')
    expect(await getDocument(app, root, 'plugins/library')).toMatchObject({ status: 404 })

    await app.application.plugins.disable('api-keys', 'test')
    const without = await documentOf(app, root)
    expect(Object.keys(without.components.securitySchemes)).toEqual(['session'])
    expect(Object.keys(without.paths)).not.toContain('/apiKeys:create')
    await app.application.plugins.enable('api-keys', 'test')
  })

  it('input from the query as parameters, and schemas that refer to themselves', async () => {
    await app.application.plugins.enable('library', 'test')
    const { paths, components } = await documentOf(app, root, 'plugins/library')
    const own = paths['/books:search'].get.parameters.filter(({ in: place }: ReceivedJson) => place === 'query')
    expect(own).toMatchObject([
      { name: 'words', required: true, schema: { type: 'string', minLength: 2 } },
      { name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 50, default: 10 } },
      { name: 'tags', style: 'form', explode: false, schema: { type: 'array' } },
    ])
    const text = JSON.stringify(paths['/books:search'].get.responses['200'])
    for (const [, name = ''] of text.matchAll(/#\/components\/schemas\/([^"]+)/g)) {
      expect(components.schemas[name]).toBeDefined()
    }
    expect(text).not.toContain('$defs')
    await app.application.plugins.disable('library', 'test')
  })

  it('the same on every node, in whatever order its plugins came there', async () => {
    const other = await createTestApp({ plugins: [apiDoc, apiKeys], database: app.database })
    try {
      await app.collection('ships', { name: 'string' })
      const [here, there] = [await getDocument(app, root), await getDocument(other, root)]
      expect(Object.keys(there.body.paths)).toContain('/ships:list')
      expect(there.headers['etag']).toBe(here.headers['etag'])
    } finally {
      await other.close()
    }
  })
})

describe('API_DOC_PUBLIC', () => {
  it('shows nobody in particular what anybody may do', async () => {
    const open = await createDocApp({ settings: { API_DOC_PUBLIC: 'true' } })
    try {
      const { status, body } = await open.request('GET', '/api/openapi.json')
      expect(status).toBe(200)
      expect(Object.keys(body.paths)).toEqual(['/auth:signIn', '/openapi.json', '/swagger:get', '/swagger:getUrls'])
      expect(await open.request('GET', '/api/openapi.json', { token: 'not-a-key' })).toMatchObject({ status: 401 })
    } finally {
      await open.close()
    }
  })

  it('is an option of the plugin too', async () => {
    const open = await createTestApp({ availablePlugins: [apiDoc] })
    try {
      await open.application.plugins.enable('api-doc', 'test', { public: true })
      expect(await open.request('GET', '/api/openapi.json')).toMatchObject({ status: 200 })
      await open.application.plugins.disable('api-doc', 'test')
      expect(await open.request('GET', '/api/openapi.json')).toMatchObject({ status: 404 })
    } finally {
      await open.close()
    }
  })
})

it('leaves cleanly', () => expectCleanDisable(apiDoc, { use: (on) => on.as('root').call('swagger', 'get') }))

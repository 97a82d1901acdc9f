// Documents of many collections for many readers: what is made is counted, and others are served meanwhile.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin, type Plugin, type Principal } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import apiDoc from '../src/index.js'
import { DocumentSource } from '../src/document-source.js'
import { documentOf } from './doc-app.js'

let source: DocumentSource
const watching: Plugin = definePlugin({
  name: 'watching',
  setup: ({ openapi }) => {
    source = new DocumentSource(openapi)
  },
})

const collections = Array.from({ length: 25 }, (_, index) => `things${index}`)
const readerOf = (...roles: string[]): Principal => ({ kind: 'apiKey', userId: null, roles })

let app: TestApp

/** How many parts are made anew for a document. */
async function madeFor(reader: Principal): Promise<number> {
  const before = source.made
  await source.document(reader)
  return source.made - before
}

beforeAll(async () => {
  app = await createTestApp({ plugins: [apiDoc, watching] })
  for (const name of collections) await app.collection(name, { title: 'string', amount: 'decimal' })
  for (const name of collections) await app.grant('all', name, ['*'])
  for (const name of collections.slice(1)) await app.grant('most', name, ['*'])
  await app.grant('one', 'things0', ['list'], { fields: ['title'] })
})
afterAll(() => app?.close())

describe('a document', () => {
  it('is put together from what other readers see of the same collections', async () => {
    expect(await madeFor(readerOf('all'))).toBeGreaterThanOrEqual(collections.length)
    expect(await madeFor(readerOf('all'))).toBe(0)
    expect(await madeFor(readerOf('most'))).toBe(0)
    // One collection is seen in part: that is all that has to be made.
    expect(await madeFor(readerOf('most', 'one'))).toBe(1)
    expect(await madeFor(readerOf('all', 'one'))).toBe(0)
  })

  it('is made anew where a collection has changed, and nowhere else', async () => {
    await source.document(readerOf('all'))
    const body = { name: 'note', type: 'string' }
    await app.application.call('collections.fields', 'create', { sourceId: 'things7', body })
    expect(await madeFor(readerOf('all'))).toBe(1)
    expect(await madeFor(readerOf('most'))).toBe(0)
  })

  it('is made once for readers who ask at the same time', async () => {
    const body = { name: 'more', type: 'string' }
    await app.application.call('collections.fields', 'create', { sourceId: 'things8', body })
    const before = source.made
    const tags = await Promise.all([1, 2, 3, 4].map(async () => (await source.document(readerOf('all'))).etag))
    expect(new Set(tags).size).toBe(1)
    expect(source.made - before).toBe(1)
  })

  it('has the same tag whoever asks, as long as he sees the same', async () => {
    const { etag } = await source.document(readerOf('all'))
    expect((await source.document({ ...readerOf('all'), userId: 7 })).etag).toBe(etag)
    expect((await source.document(readerOf('most'))).etag).not.toBe(etag)
    expect(await source.document(readerOf('all'), { has: (tag) => tag === etag })).toMatchObject({ json: undefined })
  })

  it('follows a right that is taken away between two questions', async () => {
    const { etag } = await source.document(readerOf('one'))
    await app.application.call('grants', 'destroy', { params: { filter: { role: 'one' } } })
    const after = await source.document(readerOf('one'), { has: (tag) => tag === etag })
    expect(after.json?.text).toBeDefined()
    expect(after.json?.text).not.toContain('/things0:list')
    await app.grant('one', 'things0', ['list'], { fields: ['title'] })
  })
})

it('lets others be served while documents are made', async () => {
  const root = await app.signIn('root')
  for (const name of collections) {
    const body = { name: 'late', type: 'string' }
    await app.application.call('collections.fields', 'create', { sourceId: name, body })
  }
  let isMade = false
  const documents = [undefined, 'collections', 'core'].map((part) => documentOf(app, root, part))
  const all = Promise.all(documents).then(() => (isMade = true))
  const { status } = await app.request('GET', '/healthz')
  expect({ status, isMade }).toEqual({ status: 200, isMade: false })
  await all
})

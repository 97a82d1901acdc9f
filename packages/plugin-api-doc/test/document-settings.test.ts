// What operators say of their API, and how it is written for tools that read no OpenAPI 3.1.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ReceivedJson, TestApp } from '@postern/testkit'
import { createDocApp, rootSession } from './doc-app.js'

let app: TestApp
let root: string
const read = async (path: string): Promise<ReceivedJson> => (await app.request('GET', path, { token: root })).body

beforeAll(async () => {
  app = await createDocApp({
    settings: {
      PUBLIC_URL: 'https://api.example.com/base/',
      API_TITLE: 'To-dos',
      API_VERSION: '7.1',
      API_DESCRIPTION: 'What is to be *done*.',
      API_CONTACT: 'Ann Lee <ann@example.com> (https://example.com/ann)',
      API_LICENSE: 'MIT',
    },
  })
  await app.collection('plants', {
    kind: { type: 'enum', enum: ['tree', 'herb'] },
    code: { type: 'string', pattern: '^.{3}$' },
    word: { type: 'string', pattern: '^\\p{L}+$' },
  })
  root = await rootSession(app)
})
afterAll(() => app?.close())

it('has the words of its operator, and an absolute address', async () => {
  const { info, servers } = await read('/api/openapi.json')
  expect(info).toEqual({
    title: 'To-dos',
    version: '7.1',
    description: 'What is to be *done*.',
    contact: { name: 'Ann Lee', email: 'ann@example.com', url: 'https://example.com/ann' },
    license: { name: 'MIT', identifier: 'MIT' },
  })
  expect(servers).toMatchObject([{ url: 'https://api.example.com/base/api' }])
  const part = await read('/api/swagger:get?ns=collections/todos')
  expect(part.info.title).toBe('To-dos: todos')
})

/** Every schema of a document. */
function schemasIn(value: unknown, found: ReceivedJson[] = []): ReceivedJson[] {
  if (Array.isArray(value)) value.forEach((one) => schemasIn(one, found))
  else if (typeof value === 'object' && value !== null) {
    found.push(value)
    for (const [name, member] of Object.entries(value)) if (!/^examples?$/.test(name)) schemasIn(member, found)
  }
  return found
}

describe.each(['3.1', '3.0'])('in the words of %s', (version) => {
  it('has what generators need: schemas of parameters, items of lists, patterns without flags', async () => {
    const document = await read(`/api/openapi.json?openapi=${version}`)
    expect(document.openapi).toMatch(new RegExp(`^${version}\\.`))
    for (const { in: place, schema } of Object.values<ReceivedJson>(document.components.parameters))
      expect({ place, hasSchema: schema !== undefined }).toEqual({ place, hasSchema: true })
    for (const { type, items, pattern } of schemasIn(document)) {
      const isList = type === 'array' || (Array.isArray(type) && type.includes('array'))
      if (isList) expect(items).toBeDefined()
      if (typeof pattern === 'string') expect(() => new RegExp(pattern)).not.toThrow()
    }
    const { kind, code, word } = document.components.schemas.plants.properties
    expect(new RegExp(code.pattern).test('a😀b')).toBe(true)
    expect(word).toMatchObject({ 'x-pattern': '^\\p{L}+$' })
    const values = { type: 'string', enum: ['tree', 'herb'] }
    expect(kind).toEqual(version === '3.1' ? { anyOf: [values, { type: 'null' }] } : { ...values, nullable: true })
  })
})

it('knows no other version', async () => {
  for (const path of ['openapi.json?openapi=2.0', 'swagger:get?openapi=3.2'])
    expect(await app.request('GET', `/api/${path}`, { token: root })).toMatchObject({ status: 400 })
})

it('answers to POST what it answers to GET', async () => {
  const { paths } = await read('/api/swagger:get?ns=collections/todos')
  const { schema } = paths['/todos:list'].post.requestBody.content['application/json']
  expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['filter', 'sort', 'page', 'fields']))
  await app.request('POST', '/api/todos:create', { token: root, body: [{ title: 'eat' }, { title: 'sleep' }] })
  const body = { filter: { title: { $startsWith: 's' } }, fields: ['title'], pageSize: 1 }
  expect(await app.request('POST', '/api/todos:list', { token: root, body })).toMatchObject({
    status: 200,
    body: { data: [{ title: 'sleep' }], meta: { count: 1, pageSize: 1 } },
  })
})

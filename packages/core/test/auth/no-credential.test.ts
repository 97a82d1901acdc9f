import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let token: string

beforeAll(async () => {
  app = await createTestApp()
  await app.collection('todos', { title: 'string' })
  await app.collection('news', { title: 'string' })
  await app.grant('anonymous', 'news', ['list'])
  token = await app.signIn('root')
})
afterAll(() => app?.close())

describe('401 EMPTY_TOKEN where a credential is needed', () => {
  const nothing: [string, Record<string, string>][] = [
    ['no header', {}],
    ['an empty header', { Authorization: '' }],
    ['a header of blanks', { Authorization: '   ' }],
    ['a scheme with nothing after it', { Authorization: 'Bearer' }],
    ['a scheme with blanks after it', { Authorization: 'bEARER  \t ' }],
  ]

  it.each(nothing)('with %s', async (_what, headers) => {
    const answer = await get(app, 'todos:list', undefined, headers)
    expect(outcome(answer)).toBe('401 EMPTY_TOKEN')
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"')
    expect(answer.body.errors[0].reason).toBeUndefined()
  })

  it.each(nothing)('but not on a public action, with %s', async (_what, headers) => {
    expect((await get(app, 'news:list', undefined, headers)).status).toBe(200)
  })

  it.each(['token', 'access_token', 'authorization', 'api_key', 'Authorization[]'])(
    'when a good one stands in the query string as %s',
    async (name) => {
      const answer = await get(app, `todos:list?${name}=${token}`)
      expect(outcome(answer)).toBe('401 EMPTY_TOKEN')
      expect(answer.text).not.toContain(token)
    },
  )

  it.each(['Cookie', 'X-Api-Key', 'X-Auth-Token', 'Proxy-Authorization', 'X-Authorization'])(
    'when a good one stands in the header %s',
    async (name) => {
      const value = name === 'Cookie' ? `token=${token}; authorization=Bearer ${token}` : `Bearer ${token}`
      expect(outcome(await get(app, 'todos:list', undefined, { [name]: value }))).toBe('401 EMPTY_TOKEN')
    },
  )

  it('when a good one stands in the body', async () => {
    expect(outcome(await post(app, 'todos:list', undefined, { token, access_token: token }))).toBe('401 EMPTY_TOKEN')
  })

  it('for every spelling of the call', async () => {
    for (const [method, path] of [
      ['GET', 'todos'],
      ['GET', 'todos/1'],
      ['POST', 'todos'],
      ['PUT', 'todos/1'],
      ['PATCH', 'todos/1'],
      ['DELETE', 'todos/1'],
      ['HEAD', 'todos:list'],
      ['POST', 'todos:create'],
      ['POST', 'users:list'],
      ['GET', 'users/1/roles'],
      ['GET', 'auth:check'],
    ] as const) {
      const body = method === 'GET' || method === 'HEAD' ? {} : { body: {} }
      expect([method, path, (await app.request(method, `/api/${path}`, body)).status]).toEqual([method, path, 401])
    }
  })
})

describe('a preflight', () => {
  it('is never authenticated', async () => {
    const headers = { Origin: 'https://app.example', 'Access-Control-Request-Headers': 'authorization' }
    const answer = await app.request('OPTIONS', '/api/todos:list', {
      headers: { ...headers, Authorization: 'Bearer nonsense' },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers['access-control-allow-headers']).toContain('authorization')
  })
})

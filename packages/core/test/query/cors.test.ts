import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { expectServing, samplesApp } from './asking.js'

const mine = 'https://app.example'
const preflight = {
  'Access-Control-Request-Method': 'POST',
  'Access-Control-Request-Headers': 'authorization, x-undb-api-token, content-type',
}
let any: TestApp
let some: TestApp

beforeAll(async () => {
  ;[any, some] = await Promise.all([samplesApp(), samplesApp({ CORS_ORIGIN: `${mine},http://localhost:3000` })])
})
afterAll(() => Promise.all([any?.close(), some?.close()]))
afterEach(() => expectServing(some))

const ask = (app: TestApp, method: string, path: string, headers: Record<string, string>) =>
  app.request(method, `/api/${path}`, { headers })

describe('any origin, unless origins are named', () => {
  it.each([mine, 'null', 'http://evil.example'])('%s may call, without credentials', async (Origin) => {
    const { headers } = await ask(any, 'GET', 'samples:list', { Origin })
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers['access-control-allow-credentials']).toBeUndefined()
    expect(headers['access-control-expose-headers']).toContain('X-Request-Id')
  })

  it('reads errors too', async () => {
    for (const path of ['samples:nothing', 'samples:list?page=0', 'users:list', 'samples:%ff']) {
      expect((await ask(any, 'GET', path, { Origin: mine })).headers['access-control-allow-origin']).toBe('*')
    }
  })

  it('a call without an origin gets none of it', async () => {
    const { headers } = await ask(any, 'GET', 'samples:list', {})
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('named origins', () => {
  it.each([mine, 'http://localhost:3000'])('%s may call', async (Origin) => {
    const { headers } = await ask(some, 'GET', 'samples:list', { Origin })
    expect(headers['access-control-allow-origin']).toBe(Origin)
    expect(headers['vary']).toContain('origin')
  })

  it.each([
    ...[
      'http://evil.example',
      'null',
      `${mine}.evil.example`,
      'https://evil-app.example',
      'http://app.example',
      `${mine}:8443`,
    ],
    ...['https://APP.example', `${mine}/`, `${mine},http://localhost:3000`, '*', 'http://localhost:3001', ''],
  ])('%s may not', async (Origin) => {
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await ask(some, method, 'samples:list', { Origin, ...preflight })
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(headers['vary']).toContain('origin')
    }
  })

  it('the answer differs by origin, also for who sends none: caches are told', async () => {
    expect((await ask(some, 'GET', 'samples:list', {})).headers['vary']).toContain('origin')
  })
})

describe('a preflight', () => {
  it('is answered for credentials of both kinds, whatever the address', async () => {
    for (const path of ['samples:list', 'users:list', 'nothing:nothing']) {
      const { status, headers, text } = await ask(some, 'OPTIONS', path, {
        Origin: mine,
        ...preflight,
        Authorization: 'Bearer x',
      })
      expect([status, text, headers['access-control-allow-origin']]).toEqual([204, '', mine])
      expect(headers['access-control-allow-methods']).toBe('GET, HEAD, POST, PUT, PATCH, DELETE')
      for (const name of ['authorization', 'x-undb-api-token', 'content-type', 'x-space', 'x-role']) {
        expect(headers['access-control-allow-headers']).toContain(name)
      }
      expect(Number(headers['access-control-max-age'])).toBeGreaterThan(0)
    }
  })

  it.each(['a b', 'x;y', '<script>', '*', 'x-a: b'])('does not repeat header names that are none: %s', async (name) => {
    const { headers } = await ask(any, 'OPTIONS', 'samples:list', {
      Origin: mine,
      'Access-Control-Request-Headers': name,
    })
    expect(headers['access-control-allow-headers']).not.toContain(name)
  })
})

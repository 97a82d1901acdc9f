import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'

/** Adds its name to a header on the way in. */
const passer = (name: string, order?: { before?: string; after?: string }) =>
  definePlugin({
    name,
    setup: ({ http }) => {
      http.use(async (context, next) => {
        context.append('X-Passed', name)
        await next()
      }, order)
    },
  })

const passed = async (app: TestApp): Promise<string | undefined> =>
  (await app.request('GET', '/healthy')).headers['x-passed']

async function orderOf(...plugins: ReturnType<typeof passer>[]): Promise<string | undefined> {
  const app = await createTestApp({ plugins })
  try {
    return await passed(app)
  } finally {
    await app.close()
  }
}

describe('http.use', () => {
  it('runs in the order of registration', async () => {
    expect(await orderOf(passer('a'), passer('b'), passer('c'))).toBe('a, b, c')
  })

  it('puts one before or after that of another plugin', async () => {
    expect(await orderOf(passer('a'), passer('b'), passer('c', { before: 'a' }))).toBe('c, a, b')
    expect(await orderOf(passer('a', { after: 'c' }), passer('b'), passer('c'))).toBe('b, c, a')
  })

  it('does so along a chain, in whatever order they came', async () => {
    expect(await orderOf(passer('a'), passer('c', { before: 'b' }), passer('b', { before: 'a' }))).toBe('c, b, a')
    expect(await orderOf(passer('c', { after: 'b' }), passer('b', { after: 'a' }), passer('a'))).toBe('a, b, c')
  })

  it('leaves one where it is that names a plugin which is not there, or itself', async () => {
    expect(await orderOf(passer('a', { before: 'x' }), passer('b'))).toBe('a, b')
    expect(await orderOf(passer('a', { after: 'a' }), passer('b', { before: 'b' }))).toBe('a, b')
  })

  it('comes to an end with plugins that contradict each other', async () => {
    expect(await orderOf(passer('a', { after: 'b' }), passer('b', { after: 'a' }))).toMatch(/^(a, b|b, a)$/)
  })
})

const own = definePlugin({
  name: 'own',
  setup: ({ http, acl, resources }) => {
    acl.grant('anonymous', 'own', ['say'])
    resources.define('own', { say: { summary: 'Say', reads: true, run: () => 'said' } })
    http.use(async (context, next) => {
      if (context.path === '/closed') {
        context.status = 418
        return
      }
      await next()
      if (context.path === '/api/own:say') context.body = String(context.body).replace('said', 'heard')
    })
    const router = http.router()
    router.get('/own/:name', (context) => {
      context.body = { name: context.params['name'] }
    })
    router.post('/own', (context) => {
      context.status = 201
      context.body = 'made'
    })
    router.get('/api/own:say', (context) => {
      context.body = 'never: the API is asked first'
    })
    router.get('/own/a/query', (context) => {
      context.body = http.params(context)
    })
    http.router().get('/own/:name/more', (context) => {
      context.body = 'a second router'
    })
  },
})

describe('what a plugin puts around the API', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await createTestApp({ plugins: [own] })
  })
  afterAll(() => app?.close())

  it('may answer in place of the API, and change its answer', async () => {
    expect((await app.request('GET', '/closed')).status).toBe(418)
    expect((await app.request('GET', '/api/own:say')).body).toEqual({ data: 'heard' })
  })

  it('has routes with parameters, in several routers, asked after the API', async () => {
    expect((await app.request('GET', '/own/ann')).body).toEqual({ name: 'ann' })
    expect((await app.request('GET', '/own/ann/more')).text).toBe('a second router')
    const made = await app.request('POST', '/own')
    expect([made.status, made.text]).toEqual([201, 'made'])
    expect((await app.request('GET', '/nowhere')).status).toBe(404)
  })

  it('reads the query of a route as the API does', async () => {
    const { body } = await app.request('GET', '/own/a/query?filter[a][$in][]=1&page=2&x=1&x=2')
    expect(body).toEqual({ filter: { a: { $in: ['1'] } }, page: '2', x: ['1', '2'] })
    expect((await app.request('GET', '/own/a/query?a=%ff')).status).toBe(400)
  })

  it('is gone, with its routes, when it is switched off', async () => {
    await app.application.plugins.disable('own', 'test')
    for (const path of ['/closed', '/own/ann', '/own/ann/more', '/api/own:say']) {
      expect((await app.request('GET', path)).status).toBe(404)
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { badge } from '../badge-plugin.js'
import { get, outcome, post } from '../calls.js'

let app: TestApp

beforeAll(async () => {
  app = await createTestApp({ plugins: [badge] })
  await app.collection('todos', { title: 'string' })
  await app.collection('news', { title: 'string' })
  await app.grant('editor', 'todos', ['list', 'create'])
  await app.grant('editor', 'news', ['list'])
  await app.grant('anonymous', 'news', ['get'])
})
afterAll(() => app?.close())

const may = async (badgeText: string, ...paths: string[]) =>
  Promise.all(
    paths.map(async (path) =>
      outcome(
        path.includes('create')
          ? await post(app, path, undefined, { title: 'x' }, { 'X-Badge': badgeText })
          : await get(app, path, undefined, { 'X-Badge': badgeText }),
      ),
    ),
  )

describe('the scopes of a credential', () => {
  it('narrow its roles', async () => {
    expect(await may('editor todos:list', 'todos:list', 'todos:create', 'news:list')).toEqual([
      '200',
      '403 INSUFFICIENT_SCOPE',
      '403 INSUFFICIENT_SCOPE',
    ])
  })

  it('narrow root as well', async () => {
    expect(await may('root todos:* news:list', 'todos:create', 'news:list', 'users:list')).toEqual([
      '200',
      '200',
      '403 INSUFFICIENT_SCOPE',
    ])
  })

  it('add nothing to its roles', async () => {
    expect(await may('editor users:* todos:get', 'users:list', 'todos:get/1')).toEqual([
      '403 NO_PERMISSION',
      '403 NO_PERMISSION',
    ])
  })

  it('leave it what anybody may, and to ask what it is', async () => {
    expect(await may('editor x:y', 'news:get/1', 'auth:check', 'todos:list')).toEqual([
      '404 NOT_FOUND',
      '200',
      '403 INSUFFICIENT_SCOPE',
    ])
  })
})

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import spaceTokens from '@postern/plugin-space-tokens'
import { createTestApp, type TestApp } from '@postern/testkit'
import apiDoc from '../src/index.js'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp({ plugins: [spaceTokens, apiDoc] })
})
afterAll(() => app?.close())

it('a space token gets the document of its space: divided collections and no others, and the header that carries it', async () => {
  const { token } = await app.user('ann')
  const call = async (path: string, body: object, as = token) =>
    (await app.request('POST', `/api/${path}`, { token: as, body })).body.data
  await app.application.call('collections', 'create', {
    body: { name: 'tasks', spaced: true, fields: [{ name: 'title', type: 'string' }] },
  })
  await app.collection('secrets', { title: 'string' })
  await app.application.call('grants', 'create', { body: { role: 'member', resource: 'spaces', actions: ['create'] } })
  const space = await call('spaces:create', { name: 'A' })
  const made = await call(`spaces/${space.id}/tokens:create`, { name: 'docs' })
  const headers = { 'x-undb-api-token': made.token }
  const { status, body } = await app.request('GET', '/api/openapi.json', { headers })
  expect(status).toBe(200)
  const paths = Object.keys(body.paths)
  expect(paths).toEqual(expect.arrayContaining(['/tasks:list', '/tasks:create', '/auth:check']))
  expect(paths.filter((path) => /^\/(secrets|users|roles|plugins|apiKeys)/.test(path))).toEqual([])
  expect(Object.values(body.components.securitySchemes)).toContainEqual(
    expect.objectContaining({ type: 'apiKey', in: 'header', name: 'x-undb-api-token' }),
  )
  const page = await app.request('GET', '/docs')
  expect(page.text).toContain('data-headers="x-undb-api-token"')
}, 60_000)

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { badge } from '../badge-plugin.js'
import { get, outcome, post } from '../calls.js'

let app: TestApp

beforeAll(async () => {
  app = await createTestApp({ plugins: [badge] })
  const root = await app.signIn('root')
  await app.collection('clients', { name: 'string' })
  await app.collection('cases', { title: 'string', client: { type: 'belongsTo', target: 'clients' } })
  await post(app, 'collections/clients/fields:create', root, { name: 'cases', type: 'hasMany', target: 'cases' })
  await post(app, 'clients:create', root, [{ name: 'Ann' }, { name: 'Ben' }])
  await post(app, 'cases:create', root, { title: 'theft', client: 2 })
  const grants: readonly [string, string, string[], object?][] = [
    ['cases', 'cases', ['list', 'get', 'query', 'update', 'destroy']],
    ['titles', 'cases', ['list', 'get', 'query', 'update', 'destroy'], { fields: ['title'] }],
    ['named', 'cases', ['list', 'get', 'query', 'update', 'destroy'], { fields: ['title', 'client'] }],
    ['clients', 'clients', ['list', 'get', 'update', 'destroy']],
    ['listing', 'clients', ['list', 'update', 'destroy']],
    ['getting', 'clients', ['get', 'update', 'destroy']],
    ['alone', 'cases.client', ['list', 'get', 'update', 'destroy']],
  ]
  for (const [role, resource, actions, limits] of grants) await app.grant(role, resource, actions, limits)
})
afterAll(() => app?.close())

const filter = (condition: object): string => encodeURIComponent(JSON.stringify(condition))
const measured = encodeURIComponent('[{"field":"client.name"}]')
/** All ways to reach the client of a case. */
const ways = [
  'cases/1/client:get',
  'cases/1/client:list',
  'cases/1/client',
  'cases/1/client:get/2',
  'cases:list?appends=client',
  'cases:get/1?appends=client',
  'cases:list?fields=client.name',
  'cases:list?fields=title,client',
  `cases:list?filter=${filter({ 'client.name': 'Ben' })}`,
  `cases:list?filter=${filter({ client: { $exists: true } })}`,
  'cases:list?sort=client.name',
  `cases:query?dimensions=${measured}`,
]

describe('the address of a relation, appends, fields, filter, sort and query', () => {
  it.each([
    ['cases,clients', '200'],
    ['named,clients', '200'],
    ['cases,listing', '200'],
    ['cases,alone', '200'],
    ['titles,alone', '200'],
    ['titles,clients', '403 NO_PERMISSION'],
    ['cases,getting', '403 NO_PERMISSION'],
    ['named,getting', '403 NO_PERMISSION'],
    ['cases', '403 NO_PERMISSION'],
    ['clients', '403 NO_PERMISSION'],
    ['root cases:list,get,query', '403'],
    ['cases,clients cases:list,get,query', '403'],
    ['cases,clients cases:list,get,query clients:list', '200'],
    ['cases,alone cases:list,get,query', '403'],
    ['cases,alone cases:list,get,query cases.client:list,get', '200'],
  ])('ask the same: as %s %s', async (who, expected) => {
    const outcomes = await Promise.all(
      ways.map(async (path) => [path, outcome(await get(app, path, undefined, { 'X-Badge': who }))]),
    )
    expect(outcomes.filter(([, answer]) => answer?.startsWith(expected) !== true)).toEqual([])
  })

  it('what changes or deletes a record behind a relation tells nothing of who is related either', async () => {
    for (const action of ['update', 'destroy']) {
      for (const id of [1, 2]) {
        const answer = await post(app, `cases/1/client:${action}/${id}`, undefined, {}, { 'X-Badge': 'titles,clients' })
        expect(outcome(answer)).toBe('403 NO_PERMISSION')
      }
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { outcome, post } from '../calls.js'

let app: TestApp
let root: string
let eve: TestUser
let ida: TestUser

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  await app.collection('clubs', { name: 'string' })
  await app.collection('notes', {
    title: 'string',
    size: 'decimal',
    at: 'datetime',
    stamp: { type: 'integer', readOnly: true },
    secret: { type: 'string', readOnly: true, hidden: true },
    club: { type: 'belongsTo', target: 'clubs' },
  })
  const all = ['list', 'get', 'create', 'update']
  await app.grant('editor', 'notes', all, { where: { title: { $ne: 'closed' } } })
  await app.grant('importer', 'notes', [...all, 'import'], { where: { title: { $ne: 'closed' } } })
  await app.grant('importer', 'notes', ['updateOrCreate'])
  eve = await app.user('eve', { roles: ['editor'] })
  ida = await app.user('ida', { roles: ['importer'] })
})
afterAll(() => app?.close())

const make = async (values: object = {}) =>
  (await post(app, 'notes:create', root, { title: 'a', size: '1.50', at: '2024-05-06T07:08:09.123Z', ...values })).body
    .data
const paths = (response: { readonly body: { readonly errors?: readonly { readonly path?: string }[] } }) =>
  (response.body.errors ?? []).map(({ path }) => path)

describe('the right import', () => {
  const brought = {
    createdAt: '2001-02-03T04:05:06.000Z',
    updatedAt: '2002-02-03T04:05:06.000Z',
    createdById: 77,
    updatedById: null,
  }

  it('brings ids, times and authors along, and new records get ids behind them', async () => {
    const { id } = await make()
    const body = [
      { id: id + 500, title: 'old', ...brought },
      { title: 'older', ...brought },
    ]
    const made = await post(app, 'notes:create', ida.token, body)
    expect(outcome(made)).toBe('200')
    expect(made.body.data).toMatchObject([{ id: id + 500, ...brought }, brought])
    expect((await make()).id).toBeGreaterThan(id + 500)
    const moved = await post(app, `notes:update/${id}`, ida.token, { id: id + 900, ...brought })
    expect(moved.body.data).toMatchObject([{ id: id + 900, ...brought }])
    expect((await make()).id).toBeGreaterThan(id + 900)
  })

  it('takes the same id once', async () => {
    const { id } = await make()
    const again = await post(app, 'notes:create', ida.token, { id, title: 'again' })
    expect([outcome(again), ...paths(again)]).toEqual(['409 CONFLICT', 'id'])
    expect(outcome(await post(app, 'notes:create', ida.token, { id: '9223372036854775807', title: 'last' }))).toBe(
      '200',
    )
    expect((await make()).id).toBeLessThan(1_000_000)
  })

  it('finds records by their id, and makes them with it', async () => {
    const { id } = await make()
    const bodies = [id, id + 2000].map((key) => ({ id: key, title: 'upserted', createdAt: brought.createdAt }))
    for (const body of bodies) {
      const answer = await post(app, 'notes:updateOrCreate?filterKeys=id', ida.token, body)
      expect(answer.body.data).toMatchObject(body)
    }
  })

  it.each(Object.entries({ id: 123_456, ...brought }))('is needed to bring %s along', async (name, value) => {
    const { id } = await make()
    const answers = [
      await post(app, 'notes:create', eve.token, { title: 'x', [name]: value }),
      await post(app, `notes:update/${id}`, eve.token, { [name]: value }),
      await post(app, 'notes:update', eve.token, [{ id, [name]: value }]),
    ].slice(0, name === 'id' ? 2 : 3)
    expect(answers.map(outcome)).toEqual(answers.map(() => '400 READONLY_FIELD'))
  })

  it('is granted for fields and rows like any other, and cannot be called', async () => {
    await app.grant('dated', 'notes', ['get', 'create'])
    await app.grant('dated', 'notes', ['import'], { fields: ['createdAt'], where: { title: 'mine' } })
    const dora = await app.user('dora', { roles: ['dated'] })
    const of = (body: object) => post(app, 'notes:create', dora.token, body).then(outcome)
    expect(await of({ title: 'mine', createdAt: brought.createdAt })).toBe('200')
    expect(await of({ title: 'mine', updatedAt: brought.updatedAt })).toBe('400 READONLY_FIELD')
    expect(await of({ title: 'other', createdAt: brought.createdAt })).toBe('403 NO_PERMISSION')
    expect((await post(app, 'notes:import', root, {})).status).toBe(404)
  })

  it('does not reach fields that only the server knows', async () => {
    expect(outcome(await post(app, 'notes:create', root, { title: 'x', stamp: 5 }))).toBe('400 READONLY_FIELD')
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestUser } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let root: string
let eve: TestUser

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
  await app.grant('narrow', 'notes', ['get', 'update'], { fields: ['title'] })
  eve = await app.user('eve', { roles: ['editor'] })
})
afterAll(() => app?.close())

const make = async (values: object = {}) =>
  (await post(app, 'notes:create', root, { title: 'a', size: '1.50', at: '2024-05-06T07:08:09.123Z', ...values })).body
    .data
const put = (path: string, token: string, body: unknown) => app.request('PUT', `/api/${path}`, { body, token })
const paths = (response: { readonly body: { readonly errors?: readonly { readonly path?: string }[] } }) =>
  (response.body.errors ?? []).map(({ path }) => path)

describe('what was read is written back', () => {
  it('passes as a whole, and moves on what the server stamps', async () => {
    const { id } = await make()
    const read = (await get(app, `notes:get/${id}`, eve.token)).body.data
    const written = await put(`notes/${id}`, eve.token, { ...read, title: 'b' })
    expect(outcome(written)).toBe('200')
    expect(written.body.data).toEqual([{ ...read, title: 'b', updatedAt: expect.any(String), updatedById: eve.id }])
    expect(Date.parse(written.body.data[0].updatedAt)).toBeGreaterThanOrEqual(Date.parse(read.updatedAt))
  })

  const others: [string, unknown][] = [
    ['id', 999_999],
    ['createdAt', '2001-01-01T00:00:00.000Z'],
    ['updatedAt', '2001-01-01T00:00:00.000Z'],
    ['createdById', 999_999],
    ['updatedById', null],
    ['stamp', 5],
    ['secret', null],
  ]
  it.each(others)('is refused where %s differs, or is not to be read', async (name, value) => {
    const { id, ...read } = await make()
    const answer = await put(`notes/${id}`, eve.token, { ...read, [name]: value, title: 'c' })
    expect([outcome(answer), ...paths(answer)]).toEqual(['400 READONLY_FIELD', name])
    expect((await get(app, `notes:get/${id}`, root)).body.data.title).toBe('a')
  })

  it('compares nothing with what the caller may not read', async () => {
    const nia = await app.user('nia', { roles: ['narrow'] })
    const { id, createdAt } = await make()
    const answers = await Promise.all(
      [createdAt, '2001-01-01T00:00:00.000Z'].map((value) =>
        put(`notes/${id}`, nia.token, { title: 'd', createdAt: value }),
      ),
    )
    expect(answers.map(outcome)).toEqual(Array(2).fill('403 NO_PERMISSION'))
  })

  it('holds for several records where each of them has the values', async () => {
    const [one, two] = [await make({ title: 'pair' }), await make({ title: 'pair' })]
    const path = `notes:update?filter=${encodeURIComponent('{"title":"pair"}')}`
    expect(outcome(await post(app, path, eve.token, { createdById: one.createdById, size: '2' }))).toBe('200')
    expect(outcome(await post(app, path, eve.token, { id: two.id, size: '3' }))).toBe('400 READONLY_FIELD')
  })

  it('holds for records that are nested in others', async () => {
    const club = (await post(app, 'clubs:create', root, { name: 'x' })).body.data
    const note = await make({ clubId: club.id })
    const read = (await get(app, `notes:get/${note.id}?appends=club`, root)).body.data
    const { clubId: _key, ...body } = { ...read, club: { ...read.club, name: 'y' } }
    const answer = await put(`notes/${note.id}?updateAssociationValues=club`, root, body)
    expect(outcome(answer)).toBe('200')
    expect((await get(app, `clubs:get/${club.id}`, root)).body.data.name).toBe('y')
  })
})

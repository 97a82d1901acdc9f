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
  eve = await app.user('eve', { roles: ['editor'] })
})
afterAll(() => app?.close())

const make = async (values: object = {}) =>
  (await post(app, 'notes:create', root, { title: 'a', size: '1.50', at: '2024-05-06T07:08:09.123Z', ...values })).body
    .data
const paths = (response: { readonly body: { readonly errors?: readonly { readonly path?: string }[] } }) =>
  (response.body.errors ?? []).map(({ path }) => path)

describe('several records, each with values of its own', () => {
  it('are changed in one call, in the order of the list', async () => {
    const [one, two] = [await make(), await make()]
    const body = [
      { id: two.id, title: 'second' },
      { ...one, title: 'first', size: null },
    ]
    const answer = await post(app, 'notes:update', eve.token, body)
    expect(outcome(answer)).toBe('200')
    expect(answer.body.data).toMatchObject([
      { id: two.id, title: 'second', size: '1.50' },
      { id: one.id, title: 'first', size: null },
    ])
  })

  const wrong: [
    string,
    (id: number, other: number) => { readonly body: unknown; readonly query?: string },
    string,
    string | undefined,
  ][] = [
    [
      'a value is wrong',
      (id, other) => ({
        body: [
          { id, title: 'x' },
          { id: other, title: 5 },
        ],
      }),
      '400 INVALID_VALUE',
      '1.title',
    ],
    [
      'a record is not there',
      (id) => ({
        body: [
          { id, title: 'x' },
          { id: 999_999, title: 'y' },
        ],
      }),
      '404 NOT_FOUND',
      '1.id',
    ],
    ['a key is missing', (id) => ({ body: [{ id, title: 'x' }, { title: 'y' }] }), '400 INVALID_VALUE', '1.id'],
    [
      'a record stands there twice',
      (id) => ({
        body: [
          { id, title: 'x' },
          { id: String(id), title: 'y' },
        ],
      }),
      '400 INVALID_VALUE',
      '1.id',
    ],
    ['a member is unknown', (id) => ({ body: [{ id, title: 'x', tilte: 'y' }] }), '400 UNKNOWN_FIELD', '0.tilte'],
    [
      'a read-only member differs',
      (id) => ({ body: [{ id, title: 'x', createdById: 999_999 }] }),
      '400 READONLY_FIELD',
      '0.createdById',
    ],
    ['an item is no record', (id) => ({ body: [{ id, title: 'x' }, 5] }), '400 INVALID_VALUE', '1'],
    [
      'a filter is there too',
      (id) => ({ body: [{ id, title: 'x' }], query: '?filter={"title":"a"}' }),
      '400 INVALID_QUERY',
      'filter',
    ],
    [
      'the query names a key too',
      (id) => ({ body: [{ id, title: 'x' }], query: `?filterByTk=${id}` }),
      '400 INVALID_QUERY',
      'filterByTk',
    ],
    [
      'the address names a record',
      (id) => ({ body: [{ id, title: 'x' }], query: `/${id}` }),
      '400 INVALID_VALUE',
      undefined,
    ],
    [
      'one would leave the rows of the caller',
      (id, other) => ({
        body: [
          { id, title: 'x' },
          { id: other, title: 'closed' },
        ],
      }),
      '403 NO_PERMISSION',
      undefined,
    ],
    [
      'one would lead nowhere',
      (id, other) => ({
        body: [
          { id, title: 'x' },
          { id: other, clubId: 999_999 },
        ],
      }),
      '400 INVALID_VALUE',
      '1.clubId',
    ],
  ]
  it.each(wrong)('are all left as they were where %s', async (_what, request, refusal, path) => {
    const [one, two] = [await make(), await make()]
    const { body, query = '' } = request(one.id, two.id)
    const answer = await post(app, `notes:update${query}`, eve.token, body)
    expect([outcome(answer), paths(answer)[0]]).toEqual([refusal, path])
    expect((await get(app, `notes:get/${one.id}`, root)).body.data).toEqual(one)
  })

  it('are those that the caller may change: others are not there', async () => {
    const [open, closed] = [await make(), await make({ title: 'closed' })]
    const bodies = [closed.id, 999_999].map((id) => [
      { id: open.id, title: 'x' },
      { id, title: 'x' },
    ])
    const [hidden, missing] = await Promise.all(bodies.map((body) => post(app, 'notes:update', eve.token, body)))
    expect(hidden?.text).toBe(missing?.text)
    expect(hidden?.status).toBe(404)
  })

  it('are named by the key that identifies records, and none is a list like any other', async () => {
    const roles = [
      await post(app, 'roles:create', root, { name: 'r1' }),
      await post(app, 'roles:create', root, { name: 'r2' }),
    ]
    expect(roles.map(outcome)).toEqual(['200', '200'])
    const body = ['r1', 'r2'].map((name) => ({ name, title: `${name}!` }))
    const answer = await post(app, 'roles:update', root, body)
    expect(answer.body.data.map(({ title }: { title: string }) => title)).toEqual(['r1!', 'r2!'])
    expect((await post(app, 'notes:update', root, [])).body).toEqual({ data: [] })
  })

  it('do not close the door behind the last root', async () => {
    const users = (await get(app, 'users:list', root)).body.data
    const body = users.map(({ id }: { id: number }) => ({ id, enabled: false }))
    expect((await post(app, 'users:update', root, body)).status).toBeGreaterThanOrEqual(400)
    expect((await get(app, 'auth:check', root)).status).toBe(200)
  })

  it('never wait for each other in a circle', async () => {
    const made = await Promise.all(Array.from({ length: 6 }, () => make()))
    const lists = [made, [...made].reverse(), made, [...made].reverse()]
    const answers = await Promise.all(
      lists.map((list, index) =>
        post(
          app,
          'notes:update',
          eve.token,
          list.map(({ id }) => ({ id, title: `t${index}` })),
        ),
      ),
    )
    expect(answers.map(outcome)).toEqual(Array(4).fill('200'))
  })
})

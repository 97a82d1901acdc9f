import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { countRows, get, outcome, post } from '../calls.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  await app.collection('todos', { title: 'string', state: 'string', done: 'boolean' })
  await post(app, 'roles:create', root, { name: 'editor' })
})
afterAll(() => app?.close())

const base = { role: 'editor', resource: 'todos', actions: ['list'] }
const create = (changes: object) => post(app, 'grants:create', root, { ...base, ...changes })

describe('a grant', () => {
  it.each<[object]>([
    [{}],
    [{ actions: ['*'] }],
    [{ fields: ['title'], where: { createdById: '{{$user.id}}' } }],
    [{ where: { state: '{{ $nRole }}' } }],
    [{ where: { $or: [{ done: true }, { createdById: '{{$user.id}}' }] } }],
    [{ fields: null, where: null }],
    [{ resource: 'auth', actions: ['*'] }],
    [{ resource: 'users.roles', actions: ['list', 'add'] }],
    [{ resource: 'collections.fields', actions: ['list'] }],
    [{ resource: 'not-there-yet', actions: ['anything'], fields: ['whatever'], where: { x: 1 } }],
  ])('may be %j', async (changes) => {
    const { status, body } = await create(changes)
    expect(status).toBe(200)
    expect(body.data).toMatchObject({ ...base, ...changes })
    await post(app, `grants:destroy/${body.data.id}`, root)
  })
})

const mistakes: [object, string][] = [
  [{ role: undefined }, 'role'],
  [{ role: null }, 'role'],
  [{ role: 'nobody' }, 'role'],
  [{ role: 'Editor' }, 'role'],
  [{ role: '$signedIn' }, 'role'],
  [{ role: '$credential' }, 'role'],
  [{ role: '__proto__' }, 'role'],
  [{ role: 'editor,member' }, 'role'],
  [{ role: ['editor'] }, 'role'],
  [{ role: { name: 'editor' } }, 'role'],
  [{ resource: undefined }, 'resource'],
  [{ resource: '' }, 'resource'],
  [{ resource: '*' }, 'resource'],
  [{ resource: 'todos:list' }, 'resource'],
  [{ resource: 'todos,users' }, 'resource'],
  [{ resource: '__proto__' }, 'resource'],
  [{ resource: 'a.b.c' }, 'resource'],
  [{ resource: ['todos'] }, 'resource'],
  [{ actions: undefined }, 'actions'],
  [{ actions: [] }, 'actions'],
  [{ actions: 'list' }, 'actions'],
  [{ actions: ['lists'] }, 'actions'],
  [{ actions: ['list', 'constructor'] }, 'actions'],
  [{ actions: [''] }, 'actions'],
  [{ actions: [1] }, 'actions'],
  [{ actions: [['list']] }, 'actions'],
  [{ actions: { list: true } }, 'actions'],
  [{ resource: 'auth', actions: ['signin'] }, 'actions'],
  [{ resource: 'unknown', actions: Array.from({ length: 501 }, (_, index) => `a${index}`) }, 'actions'],
  [{ resource: 'unknown', actions: ['a'.repeat(300)] }, 'actions'],
  [{ fields: [] }, 'fields'],
  [{ fields: 'title' }, 'fields'],
  [{ fields: ['titel'] }, 'fields'],
  [{ fields: ['title', '__proto__'] }, 'fields'],
  [{ fields: [1] }, 'fields'],
  [{ fields: { title: true } }, 'fields'],
  [{ resource: 'auth', actions: ['signIn'], fields: ['title'] }, 'fields'],
  [{ where: 'title = 1' }, 'where'],
  [{ where: [] }, 'where'],
  [{ where: [{ title: 'x' }] }, 'where'],
  [{ where: 1 }, 'where'],
  [{ where: true }, 'where'],
  [{ where: { titel: 'x' } }, 'where'],
  [{ where: { title: { $regex: 'x' } } }, 'where'],
  [{ where: { title: { $col: 'state' } } }, 'where'],
  [{ where: { $or: [] } }, 'where'],
  [{ where: { $where: '1=1' } }, 'where'],
  [{ where: { done: 'perhaps' } }, 'where'],
  [{ where: { createdById: '{{$user.password}}' } }, 'where'],
  [{ where: { createdById: '{{$user}}' } }, 'where'],
  [{ where: { createdById: '{{$env.APP_KEY}}' } }, 'where'],
  [{ where: { createdById: '{{$constructor}}' } }, 'where'],
  [{ where: { createdById: { $in: Array.from({ length: 600 }, () => 1) } } }, 'where'],
  [{ where: { title: 'x'.repeat(20_000) } }, 'where'],
  [{ resource: 'unknown', where: { title: 'x'.repeat(20_000) } }, 'where'],
  [{ resource: 'unknown', where: 'text' }, 'where'],
  [{ resource: 'unknown', where: [1] }, 'where'],
  [{ resource: 'auth', actions: ['signIn'], where: { id: 1 } }, 'where'],
  [{ resource: 'users.roles', actions: ['add'], where: { id: 1 } }, 'where'],
  [{ resource: 'users', where: { password: { $startsWith: 'a' } } }, 'where'],
]

describe('400 for a mistake in a grant', () => {
  it.each(mistakes)('that is made: %j', async (changes, path) => {
    const before = await countRows(app, 'grants')
    const answer = await create(changes)
    expect(answer.status).toBe(400)
    expect(answer.body.errors[0].path).toMatch(new RegExp(`^${path}(\\.|$)`))
    expect(await countRows(app, 'grants')).toBe(before)
  })

  it('that is 12 levels deep', async () => {
    let where: object = { title: 'x' }
    for (let level = 0; level < 12; level++) where = { $not: where }
    expect(outcome(await create({ where }))).toBe('400 INVALID_FILTER')
  })

  it('of which there are several, for each record of a list', async () => {
    const answer = await post(app, 'grants:create', root, [base, { ...base, fields: ['titel'] }])
    expect(answer.status).toBe(400)
    expect(await countRows(app, 'grants')).toBe(0)
  })

  it.each(mistakes.filter(([changes]) => !('resource' in changes) && !Object.values(changes).includes(undefined)))(
    'that is changed: %j',
    async (changes, path) => {
      const { id } = (await create({})).body.data
      const answer = await post(app, `grants:update/${id}`, root, changes)
      expect(answer.status).toBe(400)
      expect(answer.body.errors[0].path).toMatch(new RegExp(`^${path}(\\.|$)`))
      expect((await get(app, `grants:get/${id}`, root)).body.data).toMatchObject({ ...base, fields: null, where: null })
      await post(app, `grants:destroy/${id}`, root)
    },
  )

  it('as a whole: what was right for one resource is looked at again for another', async () => {
    const { id } = (await create({ fields: ['title'], where: { state: 'x' } })).body.data
    for (const changes of [
      { resource: 'users' },
      { resource: 'auth', actions: ['signIn'] },
      { resource: 'users', fields: null },
      { resource: '*' },
    ]) {
      expect((await post(app, `grants:update/${id}`, root, changes)).status).toBe(400)
      expect((await post(app, 'grants:update?filter={"role":"editor"}', root, changes)).status).toBe(400)
    }
    expect((await post(app, `grants:update/${id}`, root, { fields: ['state'] })).status).toBe(200)
    await post(app, `grants:destroy/${id}`, root)
  })
})

describe('grants on what has no grants to give', () => {
  it('do not open what only a session may do', async () => {
    await app.grant('anonymous', 'auth', ['*'])
    const body = { oldPassword: 'the-password-of-root', newPassword: 'another-password' }
    expect(outcome(await post(app, 'auth:changePassword', undefined, body))).toBe('401 EMPTY_TOKEN')
    expect(outcome(await post(app, 'auth:signOut'))).toBe('401 EMPTY_TOKEN')
    expect(await app.signIn('root')).toMatch(/^pst_/)
  })

  it('do not open tables of the server’s own', async () => {
    for (const resource of ['sessions', 'usersRoles']) {
      await app.grant('member', resource, ['list', 'create'])
      const { token } = await app.user(`m${resource.toLowerCase()}`)
      expect((await get(app, `${resource}:list`, token)).status).toBe(404)
      expect((await post(app, `${resource}:create`, token, { userId: 1, roleName: 'root' })).status).toBe(404)
    }
  })
})

describe('grants on a collection that is dropped', () => {
  it('are not inherited by the next one of that name', async () => {
    await app.collection('cards', { title: 'string' })
    await app.grant('dealer', 'cards', ['list'])
    const { token } = await app.user('dora', { roles: ['dealer'] })
    expect((await get(app, 'cards:list', token)).status).toBe(200)
    await post(app, 'collections:destroy/cards?force=true', root)
    expect((await get(app, 'cards:list', token)).status).toBe(404)
    await app.collection('cards', { title: 'string' })
    expect((await get(app, 'cards:list', token)).status).toBe(403)
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import pg from 'pg'
import { eventually } from '../eventually.js'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

const ok = async (path: string, body: unknown = {}): Promise<TestResponse> => {
  const answer = await post(app, path, root, body)
  expect(answer).toMatchObject({ status: 200 })
  return answer
}
const granted = async (resource: string): Promise<unknown[]> =>
  (await get(app, `grants:list?filter[resource]=${resource}`, root)).body.data

describe('grants do not outlive what they name', () => {
  it('a field that goes takes its grants along, and a namesake inherits nothing', async () => {
    await app.collection('owners', { name: 'string' })
    await app.collection('notes', { a: 'string', note: 'string', owner: { type: 'belongsTo', target: 'owners' } })
    await app.grant('member', 'notes', ['list'], { fields: ['a', 'note', 'owner', 'ownerId'] })
    await app.grant('member', 'notes', ['get'], { fields: ['note'] })
    await app.grant('member', 'notes', ['update'], { where: { $or: [{ note: 'x' }, { a: 'y' }] } })
    await app.grant('member', 'notes.owner', ['get'])
    await ok('collections/notes/fields:destroy/note?force=true')
    await ok('collections/notes/fields:destroy/owner?force=true')
    await ok('collections/notes/fields:create', { name: 'note', type: 'string' })
    expect(await granted('notes')).toMatchObject([{ actions: ['list'], fields: ['a'] }])
    expect(await granted('notes.owner')).toEqual([])
    await ok('notes:create', { a: '1', note: 'hidden' })
    expect((await get(app, 'notes:list', (await app.user('mia')).token)).text).not.toContain('hidden')
  })

  it('so does a collection', async () => {
    await app.grant('member', 'notes', ['get'])
    await ok('collections:destroy/notes?force=true')
    expect(await granted('notes')).toEqual([])
  })
})

describe('what is changed with SQL', () => {
  it('is in force: grants', async () => {
    await app.grant('seer', 'owners', ['list'])
    const { token } = await app.user('sol', { roles: ['seer'] })
    expect(outcome(await get(app, 'owners:list', token))).toBe('200')
    const client = new pg.Client({ connectionString: app.database.url })
    await client.connect()
    await client.query(`DELETE FROM grants WHERE role = 'seer'`)
    await client.end()
    await eventually(async () => outcome(await get(app, 'owners:list', token)) === '403 NO_PERMISSION', 1000)
  })
})

describe('a refused deletion', () => {
  it('names no collection that the caller may not read', async () => {
    await app.collection('payroll', { owner: { type: 'belongsTo', target: 'owners', onDelete: 'RESTRICT' } })
    const { body } = await ok('owners:create', { name: 'x' })
    await ok('payroll:create', { ownerId: body.data.id })
    await app.grant('del', 'owners', ['destroy', 'list'])
    const { token } = await app.user('del', { roles: ['del'] })
    const refused = await post(app, `owners:destroy/${String(body.data.id)}`, token)
    expect(outcome(refused)).toBe('409 CONFLICT')
    expect(refused.text).not.toContain('payroll')
    expect((await post(app, `owners:destroy/${String(body.data.id)}`, root)).text).toContain('payroll')
  })
})

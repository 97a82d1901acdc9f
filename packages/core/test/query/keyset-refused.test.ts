import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, post } from '../calls.js'
import { expectRefusal } from './asking.js'
import { ids, notesApp, walk } from './keyset-notes.js'

let app: TestApp
let root: string

beforeAll(async () => {
  ;({ app, root } = await notesApp())
})
afterAll(() => app?.close())

const list = (query: string, token = root): Promise<TestResponse> => get(app, `notes:list?${query}`, token)
const first = async (query: string): Promise<string> => (await list(`count=false&${query}`)).body.meta.nextCursor

describe('400 INVALID_PAGE', () => {
  const refused = async (query: string, path = 'after'): Promise<void> =>
    expectRefusal(await list(query), '400 INVALID_PAGE', path)

  it('for whatever this server did not make', async () => {
    const cursor = await first('pageSize=2')
    const changed = [...cursor].map(
      (letter, at) => cursor.slice(0, at) + (letter === 'A' ? 'B' : 'A') + cursor.slice(at + 1),
    )
    for (const text of changed) await refused(`after=${text}`)
    for (const text of [
      '',
      '0',
      cursor.slice(1),
      cursor.slice(0, -1),
      `${cursor}A`,
      `${cursor}=`,
      `${cursor}%20`,
      'A'.repeat(2000),
    ]) {
      await refused(`after=${text}`)
    }
    await refused(`after[]=${cursor}`)
    await refused(`after[a]=${cursor}`)
    await refused(`after=${cursor}&after=${cursor}`)
    for (const after of [1, null, true, [cursor], {}]) {
      expectRefusal(await post(app, 'notes:list', root, { after }), '400 INVALID_PAGE', 'after')
    }
  })

  it('for another order, and another collection', async () => {
    const cursor = await first('sort=rank&pageSize=2')
    await refused(`after=${cursor}`)
    await refused(`after=${cursor}&sort=-rank`)
    await refused(`after=${cursor}&sort=rank,-id`)
    await refused(`after=${cursor}&sort=rank,title`)
    expectRefusal(await get(app, `others:list?sort=rank&after=${cursor}`, root), '400 INVALID_PAGE', 'after')
    expect((await list(`after=${cursor}&sort=rank,id`)).status).toBe(200)
  })

  it('beside what says something else', async () => {
    const cursor = await first('pageSize=2')
    await refused(`after=${cursor}&page=2`, 'page')
    await refused(`after=${cursor}&page=1`, 'page')
    await refused(`after=${cursor}&count=true`)
    await refused(`after=${cursor}&paginate=false`)
    await refused(`after=${cursor}&pageSize=0`, 'pageSize')
  })

  it('when the field that it is about became another', async () => {
    await app.collection('changing', { code: 'integer' })
    await post(app, 'changing:create', root, [{ code: 1 }, { code: 2 }])
    const { body } = await get(app, 'changing:list?count=false&sort=code&pageSize=1', root)
    expect((await post(app, 'collections/changing/fields:update/code', root, { type: 'string' })).status).toBe(200)
    const answer = await get(app, `changing:list?sort=code&after=${body.meta.nextCursor}`, root)
    expectRefusal(answer, '400 INVALID_PAGE', 'after')
  })
})

describe('says nothing that may not be read', () => {
  it('to whom the field of the order is refused', async () => {
    await app.grant('clerk', 'notes', ['list'], { fields: ['title'] })
    const { token } = await app.user('clerk', { roles: ['clerk'] })
    const cursor = await first('sort=-salary&pageSize=2')
    expectRefusal(await list(`sort=-salary&after=${cursor}`, token), '403 NO_PERMISSION', 'sort')
    expectRefusal(await list(`sort=title&after=${cursor}`, token), '400 INVALID_PAGE', 'after')
    expectRefusal(await list(`sort=secret&count=false`), '400 INVALID_SORT', 'sort')
    expect(await walk(app, 'sort=-title&pageSize=2', token)).toEqual(ids(await list('paginate=false&sort=-title')))
  })

  it('not even to whoever reads the cursor', async () => {
    const { body } = await list('count=false&sort=title&pageSize=1')
    const cursor: string = body.meta.nextCursor
    const clear = JSON.stringify([2, ['a', '1']])
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('a","1')
    expect(Buffer.from(cursor, 'base64url')).toHaveLength(16 + clear.length)
  })

  it('of rows that rules hide', async () => {
    await app.grant('some', 'notes', ['list'], { where: { rank: 1 } })
    const { token } = await app.user('some', { roles: ['some'] })
    expect(await walk(app, 'sort=-big&pageSize=1', token)).toEqual([4, 1, 6])
    const cursor = await first('sort=-big&pageSize=1')
    expect(ids(await list(`sort=-big&after=${cursor}`, token))).toEqual([1, 6])
  })
})

it('is good on every node, and nowhere else', async () => {
  const cursor = await first('sort=-rank&pageSize=3')
  const node = await createTestApp({ database: app.database })
  const stranger = await createTestApp({
    database: app.database,
    settings: { APP_KEY: 'pT4xB9qLm2Zr7VwKc5Ny8HdGf3Js6Qa1' },
  })
  const path = `notes:list?sort=-rank&after=${cursor}`
  expect(ids(await get(node, path, root))).toEqual(ids(await get(app, path, root)))
  expectRefusal(await get(stranger, path, await stranger.signIn('root')), '400 INVALID_PAGE', 'after')
  await Promise.all([node.close(), stranger.close()])
})

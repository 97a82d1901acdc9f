import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

const call = (path: string, body?: unknown): Promise<TestResponse> => post(app, path, root, body)
const make = async (name: string, ...fields: readonly object[]): Promise<void> =>
  expect(outcome(await call('collections:create', { name, fields }))).toBe('200')
const fieldNames = async (name: string): Promise<string[]> =>
  (await get(app, `collections/${name}/fields:list`, root)).body.data.map((field: { name: string }) => field.name)
const create = async (name: string, values: object): Promise<number> => {
  const { body, status } = await call(`${name}:create`, values)
  expect([status, body]).toEqual([200, { data: expect.anything() }])
  return body.data.id
}
const record = async (name: string, id: number) => (await get(app, `${name}:get/${id}`, root)).body.data

describe('belongsTo', () => {
  it('makes a key that the database keeps', async () => {
    await make('clubs', { name: 'name', type: 'string' })
    await make('players', { name: 'name', type: 'string' }, { name: 'club', type: 'belongsTo', target: 'clubs' })
    const club = await create('clubs', { name: 'A' })
    const player = await create('players', { name: 'x', clubId: club })
    expect(await record('players', player)).toMatchObject({ clubId: club })
    expectRefusal(await call('players:create', { name: 'y', clubId: 999 }), '400 INVALID_VALUE', 'clubId')
    expect(outcome(await call(`clubs:destroy/${club}`))).toBe('200')
    expect(await record('players', player)).toMatchObject({ clubId: null })
  })

  it.each([
    ['CASCADE', '200', undefined],
    ['RESTRICT', '409 CONFLICT', true],
  ])('onDelete %s', async (onDelete, answer, isThere) => {
    const name = `owners${onDelete.toLowerCase()}`
    await make(name, { name: 'name', type: 'string' })
    await make(`${name}pets`, { name: 'owner', type: 'belongsTo', target: name, foreignKey: 'ownerKey', onDelete })
    const owner = await create(name, { name: 'A' })
    const pet = await create(`${name}pets`, { ownerKey: owner })
    expect(outcome(await call(`${name}:destroy/${owner}`))).toBe(answer)
    expect((await record(`${name}pets`, pet)) !== undefined).toBe(isThere === true)
  })

  it('a required key keeps its target from being deleted', async () => {
    await make('houses', { name: 'name', type: 'string' })
    await make('rooms', { name: 'house', type: 'belongsTo', target: 'houses', required: true })
    const house = await create('houses', {})
    expectRefusal(await call('rooms:create', {}), '400 INVALID_VALUE', 'houseId')
    await create('rooms', { houseId: house })
    expectRefusal(await call(`houses:destroy/${house}`), '409 CONFLICT')
  })

  it('refers to another unique field, of its type', async () => {
    await make('languages', { name: 'code', type: 'string', unique: true, maxLength: 2 })
    const relation = { name: 'language', type: 'belongsTo', target: 'languages', targetKey: 'code', foreignKey: 'lang' }
    expectRefusal(await call('collections:create', { name: 'words', fields: [relation] }), '400 INVALID_VALUE')
    await make('words', { name: 'lang', type: 'string', maxLength: 2 }, relation)
    await create('languages', { code: 'en' })
    await create('words', { lang: 'en' })
    expectRefusal(await call('words:create', { lang: 'xx' }), '400 INVALID_VALUE', 'lang')
    expectRefusal(await call('collections/languages/fields:update/code', { unique: false }), '409 CONFLICT')
    expectRefusal(await call('collections/languages/fields:destroy/code?force=true'), '409 CONFLICT')
    expectRefusal(await call('collections/words/fields:destroy/lang?force=true'), '400 INVALID_VALUE')
  })
})

describe('hasOne and hasMany', () => {
  it('put the key into the target', async () => {
    await make('comments', { name: 'text', type: 'string' })
    await make('posts', { name: 'title', type: 'string' }, { name: 'comments', type: 'hasMany', target: 'comments' })
    expect(await fieldNames('comments')).toEqual(['text', 'postId'])
    const postId = await create('posts', { title: 'x' })
    const comment = await create('comments', { text: 'a', postId })
    expectRefusal(await call('comments:create', { postId: 999 }), '400 INVALID_VALUE', 'postId')
    await call(`posts:destroy/${postId}`)
    expect(await record('comments', comment)).toMatchObject({ postId: null })
  })

  it('with onDelete CASCADE the records go with theirs', async () => {
    await make('pages', { name: 'title', type: 'string' })
    const pages = { name: 'pages', type: 'hasMany', target: 'pages', foreignKey: 'bookKey', onDelete: 'CASCADE' }
    await make('books', pages)
    const book = await create('books', {})
    const page = await create('pages', { bookKey: book })
    await call(`books:destroy/${book}`)
    expect(await record('pages', page)).toBeUndefined()
  })

  it('share the key of a belongsTo at the other end, whose rule counts', async () => {
    await make('albums', { name: 'title', type: 'string' })
    await make('songs', { name: 'album', type: 'belongsTo', target: 'albums', onDelete: 'CASCADE' })
    expect(
      outcome(await call('collections/albums/fields:create', { name: 'songs', type: 'hasMany', target: 'songs' })),
    ).toBe('200')
    const album = await create('albums', {})
    const song = await create('songs', { albumId: album })
    expect(outcome(await call('collections/albums/fields:destroy/songs'))).toBe('200')
    await call(`albums:destroy/${album}`)
    expect(await record('songs', song)).toBeUndefined()
  })

  it('a tree: a collection that belongs to itself', async () => {
    await make(
      'nodes',
      { name: 'parent', type: 'belongsTo', target: 'nodes', onDelete: 'CASCADE' },
      { name: 'children', type: 'hasMany', target: 'nodes', foreignKey: 'parentId' },
    )
    const top = await create('nodes', {})
    const leaf = await create('nodes', { parentId: await create('nodes', { parentId: top }) })
    await call(`nodes:destroy/${top}`)
    expect(await record('nodes', leaf)).toBeUndefined()
  })
})

describe('belongsToMany', () => {
  it('makes the collection of links, from either side the same', async () => {
    await make('tags', { name: 'name', type: 'string' })
    await make('articles', { name: 'tags', type: 'belongsToMany', target: 'tags' })
    expect(await fieldNames('articlesTags')).toEqual(['articleId', 'tagId'])
    const back = { name: 'articles', type: 'belongsToMany', target: 'articles' }
    expect(outcome(await call('collections/tags/fields:create', back))).toBe('200')
    expect((await get(app, 'collections/tags/fields:get/articles', root)).body.data).toMatchObject({
      through: 'articlesTags',
      foreignKey: 'tagId',
      otherKey: 'articleId',
    })
    const [article, tag] = [await create('articles', {}), await create('tags', {})]
    await create('articlesTags', { articleId: article, tagId: tag })
    expectRefusal(await call('articlesTags:create', { articleId: article, tagId: tag }), '409 CONFLICT')
    await call(`tags:destroy/${tag}`)
    expect((await get(app, 'articlesTags:list', root)).body.data).toEqual([])
  })

  it('uses a collection of links that is there, and adds its keys', async () => {
    await make('students', { name: 'name', type: 'string' })
    await make('courses', { name: 'name', type: 'string' })
    await make('enrolments', { name: 'grade', type: 'integer' })
    const relation = { name: 'courses', type: 'belongsToMany', target: 'courses', through: 'enrolments' }
    expect(outcome(await call('collections/students/fields:create', relation))).toBe('200')
    expect(await fieldNames('enrolments')).toEqual(['grade', 'studentId', 'courseId'])
  })
})

describe('a key that only the server sets', () => {
  it('leads to its record, and is written by no relation', async () => {
    await make(
      'letters',
      { name: 'author', type: 'belongsTo', target: 'users', foreignKey: 'createdById' },
      { name: 'seal', type: 'bigInt', readOnly: true },
    )
    await make('seals', { name: 'letters', type: 'hasMany', target: 'letters', foreignKey: 'seal' })
    const seal = await create('seals', {})
    const { id: user } = await app.user('writer')
    const letter = await create('letters', {})
    expect((await get(app, `letters:get/${letter}?appends=author`, root)).body.data).toMatchObject({
      author: { id: 1 },
    })
    const refused = '400 READONLY_FIELD'
    expectRefusal(await call('letters:create', { author: user }), refused, 'author')
    expectRefusal(await call(`letters:update/${letter}`, { author: user }), refused, 'author')
    expectRefusal(await call(`letters/${letter}/author:set`, [user]), refused, 'createdById')
    expect(outcome(await call(`letters/${letter}/author:remove`, [1]))).toBe(refused)
    expectRefusal(await call(`seals/${seal}/letters:add`, [letter]), refused, 'seal')
    expectRefusal(await call(`seals/${seal}/letters:create`, {}), refused, 'seal')
    expectRefusal(await call('seals:create', { letters: [letter] }), refused, 'letters.seal')
    expect(await record('letters', letter)).toMatchObject({ createdById: 1, seal: null })
  })
})

describe('what is refused', () => {
  it.each([
    [{ type: 'belongsTo' }, 'target'],
    [{ type: 'belongsTo', target: 'nothing' }, 'a.target'],
    [{ type: 'belongsTo', target: 'apiKeys' }, 'a.target'],
    [{ type: 'hasMany', target: 'users' }, 'a.target'],
    [{ type: 'belongsTo', target: 'roles', foreignKey: 'createdById' }, 'a.foreignKey'],
    [{ type: 'hasMany', target: 'clubs', foreignKey: 'createdById' }, 'a.foreignKey'],
    [{ type: 'belongsTo', target: 'users', foreignKey: 'id' }, 'a.foreignKey'],
    [{ type: 'belongsTo', target: 'users', through: 'x' }, 'through'],
    [{ type: 'belongsTo', target: 'users', onDelete: 'NOTHING' }, 'onDelete'],
    [{ type: 'belongsTo', target: 'users', required: true, onDelete: 'SET NULL' }, 'onDelete'],
    [{ type: 'belongsToMany', target: 'users', onDelete: 'SET NULL' }, 'onDelete'],
    [{ type: 'belongsTo', target: 'users', foreignKey: 'a b' }, 'foreignKey'],
    [{ type: 'belongsTo', target: 'users', unique: true }, 'unique'],
    [{ type: 'belongsTo', target: 'users', nothing: 1 }, 'nothing'],
  ])('%j', async (definition, path) => {
    const fields = [{ name: 'a', ...definition }]
    const answer = await call('collections:create', { name: 'refused', fields })
    expect([answer.status, String(answer.body.errors?.[0]?.path).replace('fields.0.', '')]).toEqual([400, path])
    expect(outcome(await get(app, 'refused:list', root))).toBe('404 NOT_FOUND')
  })

  it('a key over rows that lead nowhere', async () => {
    await make('empties', { name: 'name', type: 'string' })
    await make('holders', { name: 'emptyId', type: 'bigInt' })
    await create('holders', { emptyId: 7 })
    const answer = await call('collections/holders/fields:create', {
      name: 'empty',
      type: 'belongsTo',
      target: 'empties',
    })
    expectRefusal(answer, '409 CONFLICT')
    expect(answer.body.errors[0].message).toContain('1 record of "holders"')
    expect(await fieldNames('holders')).toEqual(['emptyId'])
  })

  it('dropping a key with values, a collection that others lead to; with force they go', async () => {
    await make('towns', { name: 'name', type: 'string' })
    await make('streets', { name: 'town', type: 'belongsTo', target: 'towns' })
    await create('streets', { townId: await create('towns', {}) })
    const answer = await call('collections/streets/fields:destroy/town')
    expectRefusal(answer, '409 CONFLICT')
    expect(answer.body.errors[0].message).toContain('1 record')
    const dropped = await call('collections:destroy/towns')
    expectRefusal(dropped, '409 CONFLICT')
    expect(dropped.body.errors[0].message).toContain('streets.town')
    expect(outcome(await call('collections:destroy/towns?force=true'))).toBe('200')
    expect(await fieldNames('streets')).toEqual([])
    expect(Object.keys((await get(app, 'streets:list', root)).body.data[0])).not.toContain('townId')
  })

  it('making another relation of one, or of a field', async () => {
    await make('cities', { name: 'user', type: 'belongsTo', target: 'users' }, { name: 'name', type: 'string' })
    const change = (name: string, body: object) => call(`collections/cities/fields:update/${name}`, body)
    expectRefusal(await change('user', { target: 'roles' }), '400 INVALID_VALUE', 'target')
    expectRefusal(await change('user', { type: 'string' }), '400 INVALID_VALUE', 'type')
    expectRefusal(await change('name', { type: 'belongsTo', target: 'users' }), '400 INVALID_VALUE', 'type')
    expect(outcome(await change('user', { title: 'Owner', onDelete: 'CASCADE', required: true }))).toBe('200')
    const user = await create('users', { email: 'gone@example.org', password: 'correct horse battery' })
    const city = await create('cities', { userId: user })
    await call(`users:destroy/${user}`)
    expect(await record('cities', city)).toBeUndefined()
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import pg from 'pg'
import { get, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'
import { fillBlog, makeBlog } from './blog.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  await makeBlog(app, root)
})
afterAll(() => app?.close())
beforeEach(async () => {
  const client = new pg.Client({ connectionString: app.database.url })
  await client.connect()
  await client.query('TRUNCATE clubs, authors, profiles, tags, posts, comments, taggings RESTART IDENTITY')
  await client.end()
  await fillBlog(app, root)
})

const call = (path: string, body?: unknown, token = root): Promise<TestResponse> => post(app, path, token, body)
const data = async (path: string) => (await get(app, path, root)).body.data
const ok = async (answer: Promise<TestResponse>) => {
  const { status, body } = await answer
  expect([status, body?.errors]).toEqual([200, undefined])
  return body.data
}
const everything = (id: number) => data(`posts:get/${id}?appends=author.club,comments,tags`)

describe('related records that are there', () => {
  it('are related by their keys when a record is made', async () => {
    const { id } = await ok(
      call('posts:create', { title: 'new', author: 2, comments: [3, { id: 4 }], tags: [1, { id: 3 }] }),
    )
    expect(await everything(id)).toMatchObject({
      authorId: 2,
      comments: [{ id: 3 }, { id: 4 }],
      tags: [{ id: 1 }, { id: 3 }],
    })
  })

  it('are exactly those afterwards when a record is changed', async () => {
    await ok(call('posts:update/1', { author: { id: 2 }, comments: [2, 3], tags: [] }))
    expect(await everything(1)).toMatchObject({ authorId: 2, comments: [{ id: 2 }, { id: 3 }], tags: [] })
    await ok(call('posts:update/1', { author: null }))
    expect(await everything(1)).toMatchObject({ author: null, comments: [{ id: 2 }, { id: 3 }] })
    await ok(call('authors:update/2', { profile: 1 }))
    expect(await data('authors/2/profile')).toMatchObject({ bio: 'of Ann' })
    await ok(call('authors:update/2', { profile: null }))
    expect(await data('profiles:get/1')).toMatchObject({ authorId: null })
  })

  it('links keep or take attributes', async () => {
    await ok(call('posts:update/1', { tags: [1, { id: 3, taggings: { weight: 9 } }] }))
    expect(await data('posts/1/tags')).toMatchObject([{ taggings: { weight: 5 } }, { taggings: { weight: 9 } }])
  })

  it.each([
    [{ author: 999 }, 'author'],
    [{ comments: [1, 999] }, 'comments.1'],
    [{ tags: [999] }, 'tags.0'],
    [{ tags: 1 }, 'tags'],
    [{ comments: null }, 'comments'],
    [{ comments: [true] }, 'comments.0'],
    [{ author: [1] }, 'author'],
    [{ author: 1, authorId: 1 }, 'author'],
  ])('%j is refused, and nothing is written', async (values, path) => {
    expectRefusal(await call('posts:create', { title: 'x', ...values }), '400 INVALID_VALUE', path)
    expectRefusal(await call('posts:update/1', { title: 'x', ...values }), '400 INVALID_VALUE', path)
    expect((await data('posts')).map((row: { title: string }) => row.title)).toEqual(['one', 'two', 'three'])
  })
})

describe('under listed paths', () => {
  it('records are made, to any depth', async () => {
    const query = '?updateAssociationValues=author,author.club,comments,comments.author,tags'
    const { id } = await ok(
      call(`posts:create${query}`, {
        title: 'new',
        author: { name: 'Dot', club: { name: 'Green' } },
        comments: [
          { text: 'e', author: { name: 'Eve' } },
          { text: 'f', author: 1 },
        ],
        tags: [{ name: 'fresh' }, 1],
      }),
    )
    expect(await data(`posts:get/${id}?appends=author.club,comments.author,tags`)).toMatchObject({
      author: { name: 'Dot', club: { name: 'Green' } },
      comments: [
        { text: 'e', author: { name: 'Eve' } },
        { text: 'f', author: { name: 'Ann' } },
      ],
      tags: [{ name: 'x' }, { name: 'fresh' }],
    })
  })

  it('records are changed', async () => {
    await ok(
      call('posts:update/1?updateAssociationValues=comments,author', {
        author: { id: 1, name: 'Anna' },
        comments: [{ id: 1, text: 'A' }, 2],
      }),
    )
    expect(await everything(1)).toMatchObject({ author: { name: 'Anna' }, comments: [{ text: 'A' }, { text: 'b' }] })
  })

  it('several records with theirs in one transaction', async () => {
    const records = [
      { title: 'n1', comments: [{ text: 'x' }] },
      { title: 'n2', comments: [{ text: 1 }] },
    ]
    expectRefusal(
      await call('posts:create?updateAssociationValues=comments', records),
      '400 INVALID_VALUE',
      '1.comments.0.text',
    )
    expect(await data('posts')).toHaveLength(3)
    expect(await data('comments')).toHaveLength(4)
  })

  it('a required key may come from a nested record', async () => {
    await call('collections:create', {
      name: 'rooms',
      fields: [{ name: 'club', type: 'belongsTo', target: 'clubs', required: true }],
    })
    const { id } = await ok(call('rooms:create?updateAssociationValues=club', { club: { name: 'Fresh' } }))
    expect(await data(`rooms:get/${id}?appends=club`)).toMatchObject({ club: { name: 'Fresh' } })
    expectRefusal(await call('rooms:create', { club: null }), '400 INVALID_VALUE', 'club')
    expectRefusal(await call('rooms:create', {}), '400 INVALID_VALUE', 'clubId')
    await call('collections:destroy/rooms?force=true')
  })

  it('faults have the whole path', async () => {
    const body = { title: 'x', comments: [{ text: 'a', nothing: 1 }, {}] }
    expectRefusal(
      await call('posts:create?updateAssociationValues=comments', body),
      '400 UNKNOWN_FIELD',
      'comments.0.nothing',
    )
  })
})

describe('without being listed', () => {
  it.each([
    [{ author: { name: 'x' } }, 'author'],
    [{ author: { id: 1, name: 'x' } }, 'author'],
    [{ comments: [{ text: 'x' }] }, 'comments.0'],
    [{ tags: [{ id: 1, name: 'x' }] }, 'tags.0'],
  ])('%j changes nothing', async (values, path) => {
    expectRefusal(await call('posts:update/1', values), '400 INVALID_VALUE', path)
    expectRefusal(
      await call('posts:update/1?updateAssociationValues=comments.author', values),
      '400 INVALID_VALUE',
      path,
    )
    expect(await data('authors:get/1')).toMatchObject({ name: 'Ann' })
    expect([(await data('comments')).length, (await data('tags:get/1')).name]).toEqual([4, 'x'])
  })

  it('a deeper path needs its own entry', async () => {
    const body = { comments: [{ text: 'x', author: { name: 'y' } }] }
    expectRefusal(
      await call('posts:update/1?updateAssociationValues=comments', body),
      '400 INVALID_VALUE',
      'comments.0.author',
    )
  })
})

describe('rights', () => {
  const user = async (name: string, ...grants: readonly [string, string[], object?][]): Promise<string> => {
    for (const [resource, actions, limits] of grants) await app.grant(name, resource, actions, limits)
    return (await app.user(name, { roles: [name] })).token
  }

  it('nested records need those to make and to change them, within their rules', async () => {
    const query = '?updateAssociationValues=comments'
    const reader = await user('nestReader', ['posts', ['*']], ['comments', ['list']])
    expectRefusal(
      await call(`posts:create${query}`, { comments: [{ text: 'x' }] }, reader),
      '403 NO_PERMISSION',
      'comments.0',
    )
    expectRefusal(
      await call(`posts:update/1${query}`, { comments: [{ id: 1, text: 'x' }, 2] }, reader),
      '403 NO_PERMISSION',
      'comments.0',
    )
    const writer = await user(
      'nestWriter',
      ['posts', ['*']],
      ['comments', ['list', 'create']],
      ['comments', ['update'], { where: { text: 'd' } }],
    )
    expectRefusal(
      await call(`posts:update/1${query}`, { comments: [{ id: 3, text: 'x' }] }, writer),
      '403 NO_PERMISSION',
      'comments.0',
    )
    expectRefusal(await call('posts:update/1', { comments: [1, 2, 3] }, writer), '403 NO_PERMISSION')
    await ok(call(`posts:create${query}`, { title: 'w', comments: [{ text: 'd' }] }, writer))
    expect((await data('comments:get/3')).postId).toBe(2)
  })

  it.each(['abc', '1.5', { id: { $ne: null } }, { id: 'abc' }])('%j is the key of no record', async (key) => {
    expectRefusal(await call('posts:create', { author: key }), '400 INVALID_VALUE', 'author')
    expectRefusal(await call('posts:update/1', { author: key }), '400 INVALID_VALUE', 'author')
    expectRefusal(await call('posts:update/1', { tags: [1, key] }), '400 INVALID_VALUE', 'tags.1')
    expect(await everything(1)).toMatchObject({ authorId: 1 })
  })

  it('what the caller cannot see is not there', async () => {
    const token = await user('nestBlind', ['posts', ['*']], ['authors', ['list'], { where: { name: 'Ann' } }])
    expectRefusal(await call('posts:create', { author: 2 }, token), '400 INVALID_VALUE', 'author')
    expectRefusal(await call('posts:create', { authorId: 2 }, token), '400 INVALID_VALUE', 'authorId')
    expectRefusal(
      await call('posts:create', [{ authorId: 1 }, { authorId: 2 }], token),
      '400 INVALID_VALUE',
      '1.authorId',
    )
    expectRefusal(await call('posts:update/1', { authorId: 2 }, token), '400 INVALID_VALUE', 'authorId')
    expectRefusal(await call('posts:update/1', { authorId: 999 }, token), '400 INVALID_VALUE', 'authorId')
    await ok(call('posts:create', { authorId: 1 }, token))
  })

  it('a key that a relation of another collection put there is looked at as well', async () => {
    const token = await user(
      'nestHas',
      ['taggings', ['*']],
      ['posts', ['list'], { where: { title: 'one' } }],
      ['tags', ['list']],
    )
    expectRefusal(await call('taggings:create', { postId: 2, tagId: 1 }, token), '400 INVALID_VALUE', 'postId')
    await ok(call('taggings:create', { postId: 1, tagId: 3 }, token))
  })

  it('a permission for some fields names the relation that may be written', async () => {
    const token = await user('nestFields', ['posts', ['create', 'update'], { fields: ['title'] }], ['tags', ['list']])
    expectRefusal(await call('posts:create', { title: 'x', tags: [1] }, token), '403 NO_PERMISSION', 'tags')
  })
})

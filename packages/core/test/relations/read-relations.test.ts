import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { Records } from '../../src/database/records.js'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'
import { fillBlog, makeBlog } from './blog.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
  await makeBlog(app, root)
  await fillBlog(app, root)
})
afterAll(() => app?.close())

const read = (path: string, token = root) => get(app, path, token)
const data = async (path: string, token = root) => {
  const { status, body } = await read(path, token)
  expect([status, body.errors]).toEqual([200, undefined])
  return body.data
}

describe('appends', () => {
  it('puts one record, or null, or a list', async () => {
    const [one, , three] = await data('posts:list?appends=author,comments,tags')
    expect(one).toMatchObject({ title: 'one', authorId: 1, author: { id: 1, name: 'Ann', clubId: 1 } })
    expect(one.comments.map((comment: { text: string }) => comment.text)).toEqual(['a', 'b'])
    expect(one.tags).toMatchObject([
      { name: 'x', taggings: { weight: 5, postId: 1, tagId: 1 } },
      { name: 'y', taggings: { weight: 1 } },
    ])
    expect(three).toMatchObject({ author: null, comments: [], tags: [] })
  })

  it('follows hasOne, and never shows what is hidden', async () => {
    const author = await data('authors:get/1?appends=profile,posts')
    expect(author).toMatchObject({ profile: { bio: 'of Ann' }, posts: [{ title: 'one' }] })
    expect(await data('authors:get/2?appends=profile')).toMatchObject({ profile: null })
    expect(JSON.stringify(await data('posts:list?appends=author'))).not.toContain('secret')
  })

  it('is nested', async () => {
    const post1 = await data('posts:get/1?appends=comments.author.club,author')
    expect(post1.comments[0]).toMatchObject({ text: 'a', author: { name: 'Bob', club: { name: 'Blue' } } })
    expect(post1.comments[1]).toMatchObject({ author: { name: 'Cid', club: null } })
  })

  it('knows who made a record and who changed it, as far as users may be listed', async () => {
    expect(await data('posts:get/1?fields=title,createdBy.username&appends=updatedBy')).toMatchObject({
      createdBy: { username: 'root' },
      updatedBy: { id: 1 },
    })
    expect((await data('posts:list?filter={"createdBy.username":"root"}')).length).toBe(3)
    expect(JSON.stringify(await data('posts:get/1?appends=createdBy'))).not.toContain('password')
    expectRefusal(await post(app, 'posts:create', root, { title: 'x', createdBy: 1 }), '400 UNKNOWN_FIELD', 'createdBy')
    expectRefusal(await post(app, 'posts/1/createdBy:set', root, [1]), '404 NOT_FOUND')
  })

  it('says nothing without being asked', async () => {
    expect(Object.keys((await data('posts:list'))[0]).sort()).toEqual(
      ['authorId', 'createdAt', 'createdById', 'id', 'title', 'updatedAt', 'updatedById'].sort(),
    )
  })

  it('makes a number of queries that does not grow with the rows', async () => {
    const select = jest.spyOn(Records.prototype, 'select')
    const queriesOf = async (path: string): Promise<number> => {
      select.mockClear()
      await data(path)
      return select.mock.calls.length
    }
    try {
      const one = await queriesOf('posts:list?pageSize=1&appends=comments.author,tags')
      await post(
        app,
        'posts:create',
        root,
        Array.from({ length: 20 }, () => ({ title: 'more' })),
      )
      await post(
        app,
        'comments:create',
        root,
        Array.from({ length: 60 }, (_, index) => ({ text: 'x', postId: 4 + (index % 20), authorId: 1 + (index % 3) })),
      )
      expect(await queriesOf('posts:list?pageSize=20&sort=id&appends=comments.author,tags')).toBe(one)
      expect(one).toBe(5)
    } finally {
      select.mockRestore()
      await post(app, 'posts:destroy?filter={"title":"more"}', root)
    }
  })
})

describe('fields and except', () => {
  it.each([
    ['fields=title,author.name', { title: 'one', author: { name: 'Ann' } }],
    ['fields=title&appends=author.club&except=author.club.createdAt', undefined],
    ['fields=author.name', { id: 1, author: { name: 'Ann' } }],
    ['fields=title,author.club.name', { title: 'one', author: { id: 1, club: { name: 'Red' } } }],
    ['fields=title,tags.name', undefined],
  ])('%s', async (query, expected) => {
    const record = await data(`posts:get/1?${query}`)
    if (expected) expect(record).toEqual(expected)
    else expect(record).toMatchObject({ title: 'one' })
    expect(record).not.toHaveProperty('authorId')
  })

  it('a relation among the fields is the whole of it, and except leaves parts of it out', async () => {
    expect((await data('posts:get/1?fields=title,author')).author).toMatchObject({ id: 1, clubId: 1, createdById: 1 })
    const { author } = await data('posts:get/1?appends=author&except=author.clubId,title')
    expect(author).not.toHaveProperty('clubId')
    expect(await data('posts:get/1?appends=author&except=author')).not.toHaveProperty('author')
  })

  it.each([
    ['appends=nothing', 'appends'],
    ['appends=title', 'appends'],
    ['appends=author.nothing', 'appends'],
    ['appends=__proto__', 'appends'],
    [`appends=${encodeURIComponent('author"; DROP TABLE posts')}`, 'appends'],
    ['fields=author.nothing', 'fields'],
    ['fields=author.secret', 'fields'],
    ['fields=nothing.name', 'fields'],
    ['except=author.nothing&appends=author', 'except'],
    [`appends=${'author.posts.'.repeat(8)}author`, 'appends'],
  ])('400 for %s', async (query, path) => {
    expectRefusal(await read(`posts:list?${query}`), '400 INVALID_FIELDS', path)
  })
})

describe('rights', () => {
  it('a relation needs the right to list its target, and shows those rows and fields of it', async () => {
    await app.grant('reader', 'posts', ['list', 'get'])
    const { token } = await app.user('reader', { roles: ['reader'] })
    expectRefusal(await read('posts:list?appends=comments', token), '403 NO_PERMISSION', 'appends')
    expectRefusal(await read('posts:list?fields=author.name', token), '403 NO_PERMISSION', 'fields')
    await app.grant('reader', 'comments', ['list'], { fields: ['text', 'postId'], where: { text: 'b' } })
    const [first] = await data('posts:list?appends=comments', token)
    expect(first.comments).toEqual([{ id: 2, postId: 1, text: 'b' }])
    expectRefusal(await read('posts:list?fields=comments.authorId', token), '403 NO_PERMISSION', 'fields')
    expectRefusal(await read('posts:list?appends=comments.author', token), '403 NO_PERMISSION', 'appends')
  })

  it('a permission for some fields names the relations too', async () => {
    await app.grant('narrow', 'posts', ['list'], { fields: ['title'] })
    await app.grant('narrow', 'tags', ['list'])
    const { token } = await app.user('narrow', { roles: ['narrow'] })
    expectRefusal(await read('posts:list?appends=tags', token), '403 NO_PERMISSION', 'appends')
    await app.grant('wider', 'posts', ['list'], { fields: ['title', 'tags'] })
    await app.grant('wider', 'tags', ['list'])
    const wider = await app.user('wider', { roles: ['wider'] })
    expect((await data('posts:list?appends=tags', wider.token))[0]).toMatchObject({
      title: 'one',
      tags: [{ name: 'x' }, {}],
    })
  })

  it('a hidden relation is none', async () => {
    await post(app, 'collections/posts/fields:create', root, {
      name: 'inner',
      type: 'belongsTo',
      target: 'users',
      hidden: true,
    })
    expectRefusal(await read('posts:list?appends=inner'), '400 INVALID_FIELDS', 'appends')
    expect(outcome(await read('posts/1/inner'))).toBe('404 NOT_FOUND')
    await post(app, 'collections/posts/fields:destroy/inner?force=true', root)
  })
})

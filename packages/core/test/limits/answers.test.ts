import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { sql } from '../../src/database/sql.js'
import { countRows, get, outcome, post } from '../calls.js'

let app: TestApp
let root: string

const answerBytes = 1_000_000
const unpaged = 20

beforeAll(async () => {
  app = await createTestApp({
    settings: {
      LIMIT_ANSWER_BYTES: String(answerBytes),
      LIMIT_UNPAGED_ROWS: String(unpaged),
      LIMIT_APPENDED_RECORDS: '1000',
    },
  })
  root = await app.signIn('root')
  await app.collection('files', { title: 'string', body: 'text', extra: 'json' })
  await app.collection('authors', { name: 'string', about: 'text' })
  await app.collection('posts', { title: 'string', author: { type: 'belongsTo', target: 'authors' } })
  await post(app, 'collections/authors/fields:create', root, { name: 'posts', type: 'hasMany', target: 'posts' })
  await post(app, 'collections/posts/fields:create', root, { name: 'tags', type: 'belongsToMany', target: 'authors' })
})
afterAll(() => app?.close())

const run = (text: string) => app.application.connection.run({ text, values: [] })
const filterOf = (filter: object): string => `filter=${encodeURIComponent(JSON.stringify(filter))}`

/** So many files of so many bytes each. */
async function files(count: number, bytes: number): Promise<void> {
  await run('DELETE FROM files')
  await app.application.connection.run(
    sql`INSERT INTO files ("createdAt", "updatedAt", title, body) SELECT now(), now(), 'old', repeat('x', ${bytes}::int) FROM generate_series(1, ${count}::int)`,
  )
}

describe('an answer has so many bytes at most', () => {
  beforeEach(() => files(15, 100_000))

  it.each([
    ['a page', 'files:list'],
    ['a page without counting', 'files:list?count=false'],
    ['all at once', 'files:list?paginate=false'],
    ['some fields', 'files:list?fields=body&count=false'],
    [
      'groups',
      'files:query?dimensions=[{"field":"body","alias":"b"},{"field":"id"}]&measures=[{"aggregation":"count"}]',
    ],
  ])('%s: 400 RESULT_TOO_LARGE, and less of it is answered', async (_, path) => {
    expect(outcome(await get(app, path, root))).toBe('400 RESULT_TOO_LARGE')
    const less = await get(app, `files:list?count=false&pageSize=3&fields=id,body`, root)
    expect(less.body.data).toHaveLength(3)
  })

  it('one record', async () => {
    await files(1, answerBytes * 3)
    const { rows } = await run('SELECT id FROM files')
    const id = String(rows[0]?.['id'])
    expect(outcome(await get(app, `files:get/${id}`, root))).toBe('400 RESULT_TOO_LARGE')
    expect(outcome(await get(app, `files:get/${id}?fields=title`, root))).toBe('200')
  })

  it('what is short in the database and long as JSON', async () => {
    await files(3, 1)
    await run(`UPDATE files SET body = repeat(chr(1), 100000)`)
    expect(outcome(await get(app, 'files:list', root))).toBe('400 RESULT_TOO_LARGE')
  })

  it('those who ask at the same time get their answers', async () => {
    const small = () => get(app, 'authors:list?count=false', root)
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => (at % 3 === 0 ? get(app, 'files:list?count=false', root) : small())),
    )
    expect(answers.map(outcome)).toEqual(
      Array.from({ length: 30 }, (_, at) => (at % 3 === 0 ? '400 RESULT_TOO_LARGE' : '200')),
    )
  })
})

describe('update and destroy by a filter', () => {
  const all = filterOf({ id: { $gt: 0 } })
  const changed = () => countRows(app, 'files', { title: 'new' })

  it.each([
    ['more rows than a list without pages has', unpaged + 1, 1],
    ['more bytes than an answer has', 15, 100_000],
  ])('%s: 400 RESULT_TOO_LARGE, and nothing is changed', async (_, count, bytes) => {
    await files(count, bytes)
    expect(outcome(await post(app, `files:update?${all}`, root, { title: 'new' }))).toBe('400 RESULT_TOO_LARGE')
    expect(await changed()).toBe(0)
  })

  it('more rows: 400 for destroy, and nothing is gone', async () => {
    await files(unpaged + 1, 1)
    expect(outcome(await post(app, `files:destroy?${all}`, root))).toBe('400 RESULT_TOO_LARGE')
    expect(await countRows(app, 'files')).toBe(unpaged + 1)
  })

  it('count=only answers with the number, however many and however large they are', async () => {
    await files(1203, 1000)
    const { body } = await post(app, `files:update?count=only&${all}`, root, { title: 'new' })
    expect(body).toEqual({ data: 1203 })
    expect(await changed()).toBe(1203)
    expect((await post(app, `files:destroy?count=only&${all}`, root)).body).toEqual({ data: 1203 })
    expect(await countRows(app, 'files')).toBe(0)
  })

  it('as many as there may be are answered as ever', async () => {
    await files(unpaged, 10)
    expect((await post(app, `files:update?${all}`, root, { title: 'new' })).body.data).toHaveLength(unpaged)
    expect((await post(app, `files:destroy?${all}`, root)).body).toEqual({ data: unpaged })
  })

  it('a count that is none of these is refused', async () => {
    expect(outcome(await post(app, `files:destroy?count=some&${all}`, root))).toMatch(/^400/)
  })
})

describe('records written out through appends', () => {
  beforeAll(async () => {
    await run(`INSERT INTO authors ("createdAt", "updatedAt", name, about) VALUES (now(), now(), 'ann', 'short')`)
    await run(
      `INSERT INTO posts ("createdAt", "updatedAt", title, "authorId") SELECT now(), now(), 'p', 1 FROM generate_series(1, 20)`,
    )
  })

  it.each([
    ['author', '200'],
    ['author.posts', '200'],
    ['author.posts.author', '200'],
    ['author.posts.author.posts', '400 RESULT_TOO_LARGE'],
    ['author.posts.author.posts.author.posts.author.posts', '400 RESULT_TOO_LARGE'],
  ])('%s', async (path, expected) => {
    expect(outcome(await get(app, `posts:list?fields=id&appends=${path}`, root))).toBe(expected)
  })

  it('bytes of a record count as often as it is written', async () => {
    await run(`UPDATE authors SET about = repeat('x', 100000)`)
    expect(outcome(await get(app, 'posts:list?appends=author&pageSize=5', root))).toBe('200')
    expect(outcome(await get(app, 'posts:list?appends=author&pageSize=20', root))).toBe('400 RESULT_TOO_LARGE')
  })
})

describe('relations that a filter follows, which PostgreSQL has to plan', () => {
  const one = (n: number) => ({ author: { name: `n${n}` } })
  const list = (length: number) => Array.from({ length }, (_, n) => one(n))
  const nested = (depth: number): object => (depth === 0 ? { name: 'x' } : { posts: { author: nested(depth - 1) } })

  it.each([
    ['30 in a row', { $and: list(30) }, '200'],
    ['31 in a row', { $and: list(31) }, '400 INVALID_FILTER'],
    ['31 to choose from', { $or: list(31) }, '400 INVALID_FILTER'],
    ['31 that are not', { $and: list(31).map((inner) => ({ $not: inner })) }, '400 INVALID_FILTER'],
    ['several deep ones', { $and: Array.from({ length: 5 }, () => ({ author: nested(3) })) }, '400 INVALID_FILTER'],
  ])('%s', async (_, filter, expected) => {
    expect(outcome(await post(app, 'posts:list', root, { filter }))).toBe(expected)
  })
})

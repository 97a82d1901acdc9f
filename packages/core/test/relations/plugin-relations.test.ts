import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineCollection, definePlugin, f } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'
import pg from 'pg'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'

const shelves = defineCollection('shelves', {
  name: f.string(),
  books: f.hasMany('books'),
})
const books = defineCollection('books', {
  title: f.string(),
  shelf: f.belongsTo('shelves', { required: true, onDelete: 'CASCADE' }),
  subjects: f.belongsToMany('subjects'),
  keeper: f.belongsTo('users'),
})
const subjects = defineCollection('subjects', { name: f.string(), books: f.belongsToMany('books') })

const library = definePlugin({
  name: 'library',
  // The order does not matter: relations may go in a circle.
  collections: [books, shelves, subjects],
  install: async ({ db }) => {
    const shelf = await db.repository(shelves).create({ name: 'first' })
    await db.repository(books).create({ title: 'Emma', shelfId: shelf.id, keeperId: 1 })
  },
  setup: () => undefined,
})

const broken = definePlugin({
  name: 'broken',
  collections: [defineCollection('stray', { home: f.belongsTo('nowhere') })],
  setup: () => undefined,
})

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp({ plugins: [library], availablePlugins: [broken] })
  root = await app.signIn('root')
})
afterAll(() => app?.close())

const read = async (path: string) => (await get(app, path, root)).body.data
const run = async (text: string) => {
  const client = new pg.Client({ connectionString: app.database.url })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

describe('relations in the code of a plugin', () => {
  it('have their keys, foreign keys and links', async () => {
    expect(await read('books:get/1?appends=shelf,keeper')).toMatchObject({
      title: 'Emma',
      shelf: { name: 'first' },
      keeper: { id: 1 },
    })
    await post(app, 'books/1/subjects:create', root, { name: 'novel' })
    expect(await read('subjects:get/1?appends=books.shelf')).toMatchObject({ books: [{ shelf: { name: 'first' } }] })
    expect(outcome(await get(app, 'booksSubjects:list', root))).toBe('404 NOT_FOUND')
    const rules = await run(
      `SELECT conrelid::regclass::text || ' ' || confdeltype::text AS rule FROM pg_constraint
       WHERE contype = 'f' AND conrelid::regclass::text IN ('books', '"booksSubjects"') ORDER BY 1`,
    )
    expect(rows(rules)).toEqual(['"booksSubjects" c', '"booksSubjects" c', 'books c', 'books n'])
  })

  it('go and come with the plugin; what leads to it from elsewhere leads nowhere meanwhile', async () => {
    const fields = [{ name: 'book', type: 'belongsTo', target: 'books' }]
    expect(outcome(await post(app, 'collections:create', root, { name: 'loans', fields }))).toBe('200')
    await post(app, 'loans:create', root, { bookId: 1 })
    expect(await read('loans:list?appends=book')).toMatchObject([{ book: { title: 'Emma' } }])
    await post(app, 'plugins:disable/library', root)
    expect(outcome(await get(app, 'loans:list?appends=book', root))).toBe('400 INVALID_FIELDS')
    expect(outcome(await get(app, 'loans/1/book', root))).toBe('404 NOT_FOUND')
    expect(await read('loans:list')).toMatchObject([{ bookId: 1 }])
    await post(app, 'plugins:enable/library', root)
    expect(await read('loans:list?appends=book')).toMatchObject([{ book: { title: 'Emma' } }])
  })

  it('one that leads nowhere keeps the plugin off, and leaves no table', async () => {
    const answer = await post(app, 'plugins:enable/broken', root)
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([
      expect.any(Number),
      expect.stringContaining('nowhere'),
    ])
    expect(answer.status).not.toBe(200)
    expect(await run(`SELECT to_regclass('public.stray') AS stray`)).toEqual([{ stray: null }])
  })
})

describe('relations made at run time to collections in code', () => {
  const define = (field: object) => post(app, 'collections:create', root, { name: 'visits', fields: [field] })

  it.each([
    [{ name: 'books', type: 'hasMany', target: 'books', foreignKey: 'shelfId' }, 'books.target'],
    [{ name: 'user', type: 'hasOne', target: 'users', foreignKey: 'visitId' }, 'user.target'],
    [{ name: 'people', type: 'belongsToMany', target: 'users', through: 'books' }, 'people.through'],
  ])('put no key into them: %j', async (field, path) => {
    expectRefusal(await define(field), '400 INVALID_VALUE', path)
    expect(outcome(await get(app, 'visits:list', root))).toBe('404 NOT_FOUND')
  })
})

const rows = (found: readonly { readonly rule: string }[]): string[] => found.map(({ rule }) => rule)

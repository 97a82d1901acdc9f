import { expect, it } from '@jest/globals'
import {
  defineCollection,
  defineErrors,
  f,
  type DatabaseHandle,
  type Input,
  type Repository,
  type Row,
} from '@postern/core'
import { compiles, isTrue, type Equal } from './equal.js'
import { notes } from './notes-plugin.js'

const tasks = defineCollection('tasks', {
  title: f.string({ maxLength: 80 }),
  done: f.boolean().default(false),
  due: f.dateOnly().maybe(),
  state: f.enum(['new', 'old']).default('new'),
  price: f.decimal({ precision: 10, scale: 2 }).maybe(),
  code: f.nanoid(),
  data: f.json<{ readonly a: number }>().maybe(),
  tags: f.array<string>(),
})

it('a row holds values and nulls as its fields say, and what the server adds', () => {
  isTrue<
    Equal<
      { readonly [K in keyof Row<typeof tasks>]: Row<typeof tasks>[K] },
      {
        readonly title: string
        readonly done: boolean
        readonly due: string | null
        readonly state: 'new' | 'old'
        readonly price: string | null
        readonly code: string
        readonly data: { readonly a: number } | null
        readonly tags: readonly string[]
        readonly id: number
        readonly createdAt: string
        readonly updatedAt: string
        readonly createdById: number | null
        readonly updatedById: number | null
      }
    >
  >()
  expect(tasks.name).toBe('tasks')
})

it('a new row needs what is required, and nothing else', () => {
  isTrue<
    Equal<
      Input<typeof tasks>,
      {
        title: string
        tags: readonly string[]
        done?: boolean
        due?: string | null
        state?: 'new' | 'old'
        price?: string | null
        code?: string
        data?: { readonly a: number } | null
      }
    >
  >()
  expect(Object.keys(tasks.fields)).toHaveLength(8)
})

it('a repository takes and gives the rows of its collection', () => {
  const use = async (db: DatabaseHandle) => {
    const repository = db.repository(tasks)
    isTrue<Equal<typeof repository, Repository<typeof tasks>>>()
    isTrue<Equal<Awaited<ReturnType<typeof repository.find>>, Row<typeof tasks>[]>>()
    isTrue<Equal<Awaited<ReturnType<typeof repository.findOne>>, Row<typeof tasks> | undefined>>()
    isTrue<Equal<Awaited<ReturnType<typeof repository.destroy>>, number>>()
    await repository.create({ title: 'a', tags: [], due: null })
    await repository.update({ filter: { id: 1 }, values: { done: true } })
    await repository.find({ filter: { done: true, createdAt: { $lt: new Date() } }, sort: '-createdAt', limit: 1 })
    await repository.find({ filter: { $or: [{ title: ['a', 'b'] }, { $not: { due: null } }], createdAt: new Date() } })
    await db.transaction(async (inside) => inside.repository(notes).count({ filter: { done: false } }))
  }
  expect(compiles(() => use)).toBe(true)
})

it('what does not fit the collection does not compile', () => {
  const misuse = (repository: Repository<typeof tasks>) => [
    // @ts-expect-error -- title and tags are required
    repository.create({ done: true }),
    // @ts-expect-error -- there is no such field
    repository.create({ title: 'a', tags: [], nothing: 1 }),
    // @ts-expect-error -- title is a text
    repository.create({ title: 1, tags: [] }),
    // @ts-expect-error -- title may not be null
    repository.create({ title: null, tags: [] }),
    // @ts-expect-error -- a field with a default is never null
    repository.create({ title: 'a', tags: [], done: null }),
    // @ts-expect-error -- not one of the values
    repository.create({ title: 'a', tags: [], state: 'archived' }),
    // @ts-expect-error -- set by the server
    repository.create({ title: 'a', tags: [], createdAt: '2025-01-01' }),
    // @ts-expect-error -- there is no such field
    repository.find({ filter: { nothing: 1 } }),
    // @ts-expect-error -- there is no such field, inside $or too
    repository.find({ filter: { $or: [{ nothing: 1 }] } }),
    // @ts-expect-error -- done is a boolean
    repository.find({ filter: { done: 'yes' } }),
    // @ts-expect-error -- operators begin with $
    repository.find({ filter: { done: { eq: true } } }),
    // @ts-expect-error -- an update of everything says so with a filter
    repository.update({ values: { done: true } }),
    // @ts-expect-error -- there is no such field
    repository.update({ filter: { id: 1 }, values: { nothing: 1 } }),
    // @ts-expect-error -- destroying needs a filter
    repository.destroy({}),
  ]
  expect(compiles(() => misuse)).toBe(true)
})

it('a row is read, not written', () => {
  const misuse = (row: Row<typeof notes>) => {
    // @ts-expect-error -- rows are changed with update
    row.title = 'x'
    // @ts-expect-error -- there is no such field
    return row.nothing
  }
  expect(compiles(() => misuse)).toBe(true)
})

it('options of fields are those of their kind', () => {
  // @ts-expect-error -- a boolean has no length
  f.boolean({ maxLength: 3 })
  // @ts-expect-error -- a text has no bounds
  f.string({ minimum: 3 })
  // @ts-expect-error -- there is no such option
  f.string({ length: 3 })
  // @ts-expect-error -- said with maybe(), so that rows have the type
  f.string({ required: false })
  // @ts-expect-error -- said with default(), so that callers may leave it out
  f.string({ default: 'x' })
  // @ts-expect-error -- an enumeration has values
  f.enum()
  expect(f.decimal({ precision: 5, scale: 2, title: 'Price' }).options.scale).toBe(2)
})

it('an error takes what fills the holes of its message', () => {
  const errors = defineErrors('TYPES', {
    PLAIN: { status: 400, message: 'plain' },
    ONE: { status: 404, message: 'no {id}' },
    TWO: { status: 409, message: '{a} and {b}' },
  })
  const misuse = () => [
    // @ts-expect-error -- the hole must be filled
    errors.ONE(),
    // @ts-expect-error -- both holes must be filled
    errors.TWO({ a: 1 }),
    // @ts-expect-error -- there is no such hole
    errors.ONE({ id: 1, key: 2 }),
    // @ts-expect-error -- there are no holes
    errors.PLAIN({ id: 1 }),
    // @ts-expect-error -- only what can be shown
    errors.ONE({ id: { nested: true } }),
    // @ts-expect-error -- there is no such error
    errors.NOTHING,
  ]
  expect(compiles(misuse)).toBe(true)
  expect([
    errors.PLAIN().code,
    errors.ONE({ id: 7 }).message,
    errors.TWO({ a: 1, b: 'x' }, new Error('why')).message,
  ]).toEqual(['TYPES_PLAIN', 'no 7', '1 and x'])
})

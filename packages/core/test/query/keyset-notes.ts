import { expect } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, post } from '../calls.js'

const near = '0.100000000000000000000000000000'

/** Seven notes with what is equal, what is null, and what a floating point number would take for equal. */
export const notes = [
  { title: 'a', rank: 1, secret: 'x1', big: '9007199254740993', amount: `${near}1`, ratio: 0.1 },
  { title: 'a', rank: null, secret: 'x2', big: '9007199254740992', amount: `${near}2`, ratio: 0.30000000000000004 },
  { title: null, rank: 2, secret: 'x3', big: '-9223372036854775808', amount: '-5', ratio: 1e300 },
  { title: 'b', rank: 1, secret: 'x4', big: '9223372036854775807', amount: null, ratio: null },
  { title: null, rank: null, secret: 'x5', big: null, amount: '12345678901234567890.5', ratio: -0 },
  { title: "it's; --", rank: 1, secret: 'x6', big: 7, amount: '0.10', ratio: 5e-324 },
  { title: 'ä😀', rank: 3, secret: 'x7', big: 7, amount: '0.1', ratio: 0.3 },
].map((note, index) => ({ ...note, at: `2025-03-03T09:57:36.70${index % 3}Z`, salary: 1000 + index }))

/** A server with the collections `notes` and `others`. */
export async function notesApp(): Promise<{ app: TestApp; root: string }> {
  const app = await createTestApp()
  await app.collection('notes', {
    title: 'string',
    rank: { type: 'integer', index: true },
    secret: { type: 'string', hidden: true },
    big: 'bigInt',
    amount: 'decimal',
    ratio: 'double',
    at: 'datetime',
    salary: 'integer',
  })
  await app.collection('others', { title: 'string', rank: 'integer' })
  const root = await app.signIn('root')
  await post(app, 'notes:create', root, notes)
  const others = notes.map(({ title, rank }) => ({ title, rank }))
  await post(app, 'others:create', root, others)
  return { app, root }
}

export const ids = ({ body }: TestResponse): number[] => body.data.map(({ id }: { id: number }) => id)

/** Follows the cursors of `notes` to the end. */
export async function walk(app: TestApp, query: string, token: string): Promise<number[]> {
  const all: number[] = []
  let answer = await get(app, `notes:list?count=false&${query}`, token)
  for (;;) {
    expect(answer.status).toBe(200)
    all.push(...ids(answer))
    const { nextCursor } = answer.body.meta
    if (nextCursor === undefined) return all
    answer = await get(app, `notes:list?${query}&after=${nextCursor}`, token)
  }
}

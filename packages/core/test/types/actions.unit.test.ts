import { expect, it } from '@jest/globals'
import { defineAction, Reply, type Action, type DatabaseHandle, type Principal } from '@postern/core'
import { z } from 'zod'
import { hasType, isTrue, type Equal } from './equal.js'

it('input is what the schema makes of it', () => {
  const action = defineAction({
    summary: 'Take',
    input: z.object({ days: z.coerce.number(), label: z.string().default('none'), tag: z.string().optional() }),
    run: ({ input }) => {
      hasType<{ days: number; label: string; tag?: string | undefined }>()(input)
      // @ts-expect-error -- the schema knows no such member
      void input.day
      return input.days
    },
  })
  isTrue<Equal<typeof action, Action<{ days: number; label: string; tag?: string | undefined }, number>>>()
  expect(action.summary).toBe('Take')
})

it('without a schema the input is unknown', () => {
  const action = defineAction({
    summary: 'Take',
    run: ({ input, principal, db, key }) => {
      hasType<unknown>()(input)
      hasType<Principal>()(principal)
      hasType<DatabaseHandle>()(db)
      hasType<string | undefined>()(key)
    },
  })
  expect(action.input).toBeUndefined()
})

it('an action on one record knows its key', () => {
  const action = defineAction({
    summary: 'Archive',
    key: true,
    run: ({ key }) => {
      hasType<string>()(key)
      return key.length
    },
  })
  isTrue<Equal<typeof action, Action<unknown, number>>>()
  expect(action.key).toBe(true)
})

it('output is what run returns, or a whole reply', () => {
  const plain = defineAction({ summary: 'x', run: async () => ({ a: [1] }) })
  isTrue<Equal<typeof plain, Action<unknown, { a: number[] }>>>()
  const reply = defineAction({
    summary: 'x',
    output: z.object({ a: z.number() }),
    run: ({ key }) => (key === undefined ? new Reply({ data: 1 }, 201) : { a: 1 }),
  })
  isTrue<Equal<typeof reply, Action<unknown, { a: number }>>>()
  expect([plain.summary, reply.summary]).toEqual(['x', 'x'])
})

it('run must return what the output says', () => {
  const output = z.object({ deleted: z.number() })
  // @ts-expect-error -- deleted is a number
  defineAction({ summary: 'x', output, run: () => ({ deleted: 'all' }) })
  // @ts-expect-error -- deleted is missing
  defineAction({ summary: 'x', output, run: async () => ({}) })
  // @ts-expect-error -- nothing is returned
  defineAction({ summary: 'x', output, run: () => undefined })
  // @ts-expect-error -- a text is no number
  defineAction({ summary: 'x', output: z.string(), run: () => 5 })
  expect(defineAction({ summary: 'x', output, run: () => ({ deleted: 1 }) }).output).toBe(output)
})

it('every action says what it is, and has no members that mean nothing', () => {
  // @ts-expect-error -- the summary is shown in the API document
  defineAction({ run: () => 1 })
  // @ts-expect-error -- there is nothing to run
  defineAction({ summary: 'x' })
  // @ts-expect-error -- the word is `reads`
  defineAction({ summary: 'x', method: 'GET', run: () => 1 })
  expect(defineAction({ summary: 'x', reads: true, run: () => 1 }).reads).toBe(true)
})

import { defineAction, defineErrors, definePlugin, type Plugin } from '@postern/core'
import spaceTokens from '@postern/plugin-space-tokens'
import type { TestApp } from '@postern/testkit'
import { z } from 'zod'
import { createDocApp } from './doc-app.js'

const errors = defineErrors('SHOP', { SOLD: { status: 409, message: 'The book {id} is sold' } })

/** The example app: authors, their books, tags of books, tasks in spaces, and what a plugin adds. */
const shop: Plugin = definePlugin({
  name: 'shop',
  setup: ({ resources }) => {
    resources.define('books', {
      sell: defineAction({
        summary: 'Sell a book',
        key: true,
        input: z.object({ price: z.number().min(0).max(1000), note: z.string().max(20).optional() }),
        output: z.object({ id: z.int(), price: z.number() }),
        document: { errors: ['SHOP_SOLD'] },
        run: ({ input, key }) => {
          if (input.price === 13) throw errors.SOLD({ id: key })
          return { id: Number(key), price: input.price }
        },
      }),
      popular: defineAction({
        summary: 'The most popular books',
        reads: true,
        input: z.object({ limit: z.int().min(1).max(10).default(3) }),
        output: z.array(z.object({ title: z.string() })),
        run: ({ input }) => [{ title: `Book ${input.limit}` }],
      }),
    })
  },
})

/** A server with the example app on it. */
export async function createExampleApp(): Promise<TestApp> {
  const app = await createDocApp({ plugins: [spaceTokens], availablePlugins: [shop] })
  await app.collection('tags', { name: { type: 'string', required: true } })
  await app.collection('authors', {
    name: { type: 'string', required: true, maxLength: 40 },
    born: 'dateOnly',
  })
  await app.collection('books', {
    title: { type: 'string', required: true, maxLength: 60 },
    pages: { type: 'integer', minimum: 1 },
    author: { type: 'belongsTo', target: 'authors' },
    tags: { type: 'belongsToMany', target: 'tags' },
  })
  const books = { name: 'books', type: 'hasMany', target: 'books' }
  await app.application.call('collections.fields', 'create', { sourceId: 'authors', body: books })
  await app.application.call('collections', 'create', {
    body: { name: 'steps', sortable: true, fields: [{ name: 'title', type: 'string' }] },
  })
  const title = { name: 'title', type: 'string', required: true }
  await app.application.call('collections', 'create', { body: { name: 'tasks', spaced: true, fields: [title] } })
  await app.application.plugins.enable('shop', 'test')
  return app
}

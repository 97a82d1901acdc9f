import { defineAction, defineCollection, definePlugin, f } from '@postern/core'
import { z } from 'zod'

export const notes = defineCollection('notes', { title: f.string(), done: f.boolean().default(false) })

export default definePlugin({
  name: 'notes',
  version: '1.0.0',
  options: { keepDays: f.integer().default(20) },
  collections: [notes],
  setup({ options, db, clock, acl, resources }) {
    acl.grant('member', 'notes', ['list', 'get', 'create'])
    return resources.define('notes', {
      sweep: defineAction({
        summary: 'Delete every finished note that is old enough',
        input: z.object({ keepDays: z.number().int().optional() }),
        output: z.object({ deleted: z.number().int() }),
        run: async ({ input }) => {
          const before = clock.daysAgo(input.keepDays ?? options.keepDays)
          return { deleted: await db.repository(notes).destroy({ filter: { done: true, createdAt: { $lt: before } } }) }
        },
      }),
    })
  },
})

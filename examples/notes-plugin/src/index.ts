import { createToken, defineAction, defineCollection, defineErrors, definePlugin, f } from '@postern/core'
import { z } from 'zod'

export const notes = defineCollection('notes', {
  title: f.string({ maxLength: 80 }),
  body: f.text().maybe(),
  pinned: f.boolean().default(false),
})

const errors = defineErrors('NOTES', { TOO_MANY: { status: 409, message: 'At most {limit} notes can be pinned' } })

/** What other plugins may ask of this one. */
export const Notes = createToken<{ count(): Promise<number> }>('notes')

export default definePlugin({
  name: 'notes',
  version: '1.0.0',
  core: '^1.0.0',
  options: { keepDays: f.integer({ minimum: 0 }).default(30), mostPinned: f.integer({ minimum: 1 }).default(3) },
  collections: [notes],
  provides: [Notes],
  setup({ options, db, clock, log, acl, resources, hooks, events, jobs, cli, provide }) {
    acl.grant('member', 'notes', ['list', 'get', 'create'])
    acl.grant('member', 'notes', ['update', 'destroy'], { where: { createdById: '{{$user.id}}' } })

    hooks.before('notes:create', ({ values }) => {
      if (typeof values['title'] === 'string') values['title'] = values['title'].trim()
    })
    hooks.before('notes:update', async ({ values, db }) => {
      if (values['pinned'] !== true) return
      const pinned = await db.repository(notes).count({ filter: { pinned: true } })
      if (pinned >= options.mostPinned) throw errors.TOO_MANY({ limit: options.mostPinned })
    })
    events.after('notes:create', ({ records }) =>
      log.info({ notes: records.map(({ id }) => id) }, 'Notes were written'),
    )

    const sweep = () =>
      db.repository(notes).destroy({ filter: { pinned: false, createdAt: { $lte: clock.daysAgo(options.keepDays) } } })
    jobs.cron('0 3 * * *', sweep)
    cli.command('notes sweep', {
      summary: 'Delete notes that are old enough and not pinned',
      example: 'postern notes sweep',
      run: async () => {
        const deleted = await sweep()
        return { json: { deleted }, text: `${deleted} notes are gone.` }
      },
    })
    provide(Notes, { count: () => db.repository(notes).count() })
    return resources.define('notes', {
      sweep: defineAction({
        summary: 'Delete notes that are old enough and not pinned',
        output: z.object({ deleted: z.number().int() }),
        run: async () => ({ deleted: await sweep() }),
      }),
    })
  },
})

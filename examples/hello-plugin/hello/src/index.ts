import { fileURLToPath } from 'node:url'
import { defineAction, definePlugin, f, notFound } from '@postern/core'
import { z } from 'zod'
import { doorbell } from './doorbell.js'
import { greeted, Greeter } from './greeter.js'
import { errors, greetings, onePerName } from './greetings.js'

export { greeted, Greeter, greetings }

export default definePlugin({
  name: 'hello',
  version: '1.0.0',
  core: '^1.0.0',
  options: {
    greeting: f.string({ minLength: 1 }).default('Hello'),
    keepDays: f.integer({ minimum: 1 }).default(365),
    secret: f.string({ minLength: 16 }).maybe(),
  },
  collections: [greetings],
  migrations: [onePerName],
  provides: [Greeter],
  setup({ options, db, clock, log, acl, auth, resources, http, hooks, events, jobs, cache, broadcast, cli, provide }) {
    acl.grant('anonymous', 'hello', ['greet'])
    acl.grant('visitor', 'hello', ['ring'])
    acl.grant('member', 'greetings', ['list', 'get', 'create'])
    acl.grant('member', 'greetings', ['update'], { fields: ['words'], where: { createdById: '{{$user.id}}' } })
    acl.grant('member', 'greetings', ['destroy'], { where: { createdById: '{{$user.id}}' } })

    if (options.secret !== undefined) auth.strategy('doorbell', doorbell(options.secret))

    hooks.before('greetings:create', ({ values }) => {
      const name = String(values['name']).trim()
      if (name === 'world') throw errors.NOBODY({ name })
      values['name'] = name
    })
    events.after('greetings:create', ({ records, principal }) => {
      log.info({ ids: records.map(({ id }) => id), by: principal.userId }, 'Greetings were written')
    })

    const phrases = cache.lru<string, string>('phrases', { max: 1000, ttl: 60_000 })
    for (const action of ['create', 'update', 'destroy']) {
      hooks.written(`greetings:${action}`, ({ db }) => phrases.clear(db))
    }

    const greet = async (name: string) => {
      const known = phrases.get(name)
      if (known !== undefined) return known
      const own = await db.repository(greetings).findOne({ filter: { name } })
      const message = `${own?.words ?? options.greeting}, ${name}!`
      phrases.set(name, message)
      return message
    }
    provide(Greeter, { greet })

    const sweep = async (days: number) => {
      const deleted = await db.repository(greetings).destroy({ filter: { updatedAt: { $lt: clock.daysAgo(days) } } })
      await phrases.clear()
      return deleted
    }
    jobs.cron('0 3 * * *', () => sweep(options.keepDays))
    cli.command('hello sweep', {
      summary: 'Delete greetings that nobody has changed for long',
      options: [{ flags: '--days <days>', description: 'how long' }],
      example: 'postern hello sweep --days 30',
      run: async (input) => {
        const days = z.coerce.number().int().min(0).default(options.keepDays).parse(input.options['days'])
        const deleted = await sweep(days)
        return { json: { deleted }, text: `${deleted} greetings are gone.` }
      },
    })

    let rings = 0
    broadcast.on('ring', () => {
      rings += 1
    })

    http.use(async (context, next) => {
      context.set('X-Greeting', encodeURIComponent(options.greeting))
      await next()
    })
    http.router().get('/hello/rings', (context) => {
      context.body = { rings }
    })
    http.static('/hello', fileURLToPath(new URL('../public', import.meta.url)))

    resources.define('greetings', {
      shout: defineAction({
        summary: 'Say it louder from now on',
        key: true,
        output: z.object({ words: z.string() }),
        run: async ({ db, key }) => {
          const repository = db.repository(greetings)
          const greeting = await repository.findOne({ filter: { id: Number(key) } })
          if (!greeting) throw notFound()
          const words = greeting.words.toUpperCase()
          if (words === greeting.words) throw errors.LOUD({ name: greeting.name })
          await repository.update({ filter: { id: greeting.id }, values: { words } })
          await phrases.clear(db)
          return { words }
        },
      }),
    })
    return resources.define('hello', {
      greet: defineAction({
        summary: 'Greet somebody',
        reads: true,
        input: z.object({ name: z.string().trim().min(1).max(80).default('world') }),
        output: z.object({ message: z.string() }),
        run: async ({ input }) => {
          events.emit(greeted, { name: input.name })
          return { message: await greet(input.name) }
        },
      }),
      ring: defineAction({
        summary: 'Ring on every node',
        run: ({ db }) => broadcast.send('ring', null, db),
      }),
    })
  },
})

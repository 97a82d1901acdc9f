import { expect, it } from '@jest/globals'
import {
  createToken,
  defineAction,
  defineEvent,
  defineCollection,
  definePlugin,
  f,
  type Action,
  type Clock,
  type DatabaseHandle,
  type Logger,
  type Plugin,
} from '@postern/core'
import { z } from 'zod'
import { compiles, hasType, isTrue, type Equal } from './equal.js'
import notesPlugin, { type notes } from './notes-plugin.js'

type Face<P> = P extends Plugin<infer R> ? R : never
const Keys = createToken<{ mint(owner: number, name: string): Promise<string> }>('keys')
const Log = createToken<{ readonly lines: number }>('log')

it('the plugin of the architecture page: its face is what setup returns', () => {
  isTrue<Equal<Face<typeof notesPlugin>, { sweep: Action<{ keepDays?: number | undefined }, { deleted: number }> }>>()
  isTrue<Equal<(typeof notes)['name'], string>>()
  expect(notesPlugin).toMatchObject({ name: 'notes', version: '1.0.0', requires: {}, provides: [] })
})

it('what setup returns is the face, also from a promise, also nothing', () => {
  const later = definePlugin({ name: 'later', setup: () => Promise.resolve({ answer: 42 }) })
  isTrue<Equal<Face<typeof later>, { answer: number }>>()
  const asynchronous = definePlugin({
    name: 'asynchronous',
    async setup({ resources }) {
      await Promise.resolve()
      return resources.define('x', { go: defineAction({ summary: 'Go', run: () => 'gone' }) })
    },
  })
  isTrue<Equal<Face<typeof asynchronous>, { go: Action<unknown, string> }>>()
  const silent = definePlugin({ name: 'silent', setup() {} })
  isTrue<Equal<Face<typeof silent>, void>>()
  expect([later.name, asynchronous.name, silent.name]).toEqual(['later', 'asynchronous', 'silent'])
})

it('options are what their fields hold once defaults are applied', () => {
  const plugin = definePlugin({
    name: 'options',
    options: {
      limit: f.integer().default(20),
      label: f.string().maybe(),
      secret: f.string(),
      mode: f.enum(['fast', 'safe']).default('safe'),
      quiet: f.boolean().default(false),
    },
    setup({ options }) {
      isTrue<
        Equal<
          typeof options,
          {
            readonly limit: number
            readonly label: string | undefined
            readonly secret: string
            readonly mode: 'fast' | 'safe'
            readonly quiet: boolean
          }
        >
      >()
      // @ts-expect-error -- there is no such option
      void options.limits
      // @ts-expect-error -- options are not written
      options.limit = 3
    },
  })
  expect(plugin.options['limit']?.kind).toBe('integer')
})

it('an option’s default has the type of the option', () => {
  // @ts-expect-error -- a text is no integer
  expect(f.integer().default('20')).toBeDefined()
  // @ts-expect-error -- not one of the values
  expect(f.enum(['fast', 'safe']).default('slow')).toBeDefined()
  // @ts-expect-error -- null is no default; a field that may be null says maybe()
  expect(f.string().default(null)).toBeDefined()
})

it('services are those that the plugin requires, by the names it gives them', () => {
  const plugin = definePlugin({
    name: 'services',
    requires: { keys: Keys, log: Log },
    setup({ services }) {
      compiles(() => services.keys.mint(1, 'x'))
      isTrue<Equal<(typeof services)['log'], { readonly lines: number }>>()
      // @ts-expect-error -- not declared in requires
      void services.other
      // @ts-expect-error -- the service takes a number first
      compiles(() => services.keys.mint('1', 'x'))
    },
  })
  expect(plugin.requires).toEqual({ keys: Keys, log: Log })
})

it('without options and requires there are none', () => {
  definePlugin({
    name: 'bare',
    setup({ options, services, db, clock, log, name }) {
      // @ts-expect-error -- no options are declared
      void options.anything
      // @ts-expect-error -- nothing is required
      void services.anything
      hasType<DatabaseHandle>()(db)
      hasType<Clock>()(clock)
      hasType<Logger>()(log)
      hasType<string>()(name)
    },
  })
  expect(true).toBe(true)
})

it('a service that is provided has the type of its token', () => {
  definePlugin({
    name: 'provider',
    provides: [Log],
    setup({ provide }) {
      provide(Log, { lines: 1 })
      // @ts-expect-error -- lines is a number
      provide(Log, { lines: 'many' })
      // @ts-expect-error -- not the service of this token
      provide(Keys, { lines: 1 })
    },
  })
  expect(Log.id).toBe('log')
})

it('events carry the type of their token', () => {
  const minted = defineEvent<{ readonly id: number }>('key-minted')
  definePlugin({
    name: 'events',
    setup({ events, hooks }) {
      events.on(minted, (event) => hasType<{ readonly id: number }>()(event))
      events.emit(minted, { id: 1 })
      // @ts-expect-error -- the event carries a number
      events.emit(minted, { id: 'x' })
      events.after('notes:create', ({ records, principal }) => void [records.length, principal.userId])
      hooks.before('notes:create', async (call) => {
        call.values['title'] = 'x'
        await call.targets()
      })
      // @ts-expect-error -- there is no such verb
      hooks.after('notes:create', () => undefined)
    },
  })
  expect(minted.id).toBe('key-minted')
})

it('install and uninstall get the database and the log, and nothing that would be registered', () => {
  const plugin = definePlugin({
    name: 'installs',
    async install({ db, log }) {
      await db.sql`select ${1}`
      log.info('installed')
    },
    // @ts-expect-error -- what is registered belongs into setup
    async uninstall({ resources }) {
      await Promise.resolve(resources)
    },
    setup: () => undefined,
  })
  expect(plugin.install).toBeDefined()
})

it('a definition has no members that mean nothing', () => {
  // @ts-expect-error -- there is no teardown: what setup registers is undone by itself
  definePlugin({ name: 'x', setup() {}, teardown() {} })
  // @ts-expect-error -- a plugin has a name
  definePlugin({ setup() {} })
  // @ts-expect-error -- a plugin has a setup
  definePlugin({ name: 'x' })
  // @ts-expect-error -- collections are values of defineCollection
  definePlugin({ name: 'x', collections: ['notes'], setup() {} })
  // @ts-expect-error -- tokens, not names
  definePlugin({ name: 'x', requires: { keys: 'keys' }, setup() {} })
  expect(definePlugin({ name: 'x', collections: [defineCollection('a', {})], setup() {} }).collections).toHaveLength(1)
})

it('a client can be typed from the plugin itself', () => {
  type Client<R> = {
    readonly [K in keyof R]: R[K] extends Action<infer I, infer O> ? (input: I) => Promise<O> : never
  }
  type Sweep = Client<Face<typeof notesPlugin>>['sweep']
  isTrue<Equal<Awaited<ReturnType<Sweep>>, { deleted: number }>>()
  isTrue<Equal<Parameters<Sweep>[0], { keepDays?: number | undefined }>>()
  expect(z).toBeDefined()
})

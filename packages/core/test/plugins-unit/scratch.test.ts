import { it } from '@jest/globals'
import { createTestApp } from '@postern/testkit'
import { defineAction, defineCollection, definePlugin, f, createToken } from '../../src/index.js'
import { PluginCatalogue } from '../../src/plugins/plugin-catalogue.js'
import { disableOrder, enableOrder } from '../../src/plugins/plugin-plan.js'

const out: unknown[] = []
const say = (...a: unknown[]) => out.push(a)
const attempt = async (name: string, work: () => unknown) => {
  try { say(name, JSON.stringify(await work())) } catch (error) { say(name, 'THROWS', String(error), (error as any)?.path) }
}
it('scratch', async () => {
  const things = defineCollection('things', { name: f.string(), data: f.json<any>().default({ list: [] }) })
  const empty = defineCollection('empties', {}, { timestamps: false, createdBy: false, updatedBy: false })
  const mw = definePlugin({
    name: 'mw', collections: [things, empty],
    setup({ http, hooks, resources, db }) {
      http.use(async (_c, next) => { await next() })
      hooks.before('things:create', (call) => { (call.values['data'] as any).list.push(1) })
      resources.define('mw', {
        now: defineAction({ summary: 'x', run: async () => (await db.sql`select now() as now, 'infinity'::timestamptz as inf`).rows }),
        file: defineAction({ summary: 'x', run: () => { throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' }) } }),
        same: defineAction({ summary: 'x', run: async () => db.repository(things).find() }),
      })
    },
  })
  const app = await createTestApp({ plugins: [mw] })
  const root = app.as('root')
  await app.collection('c', { long: { type: 'string', maxLength: 1000 }, t: 'string', tags: 'array', at: 'datetime', u: { type: 'string', unique: true } })
  await attempt('long filter', () => root.call('c', 'list', { filter: { long: 'a'.repeat(300) } }))
  await root.call('c', 'create', [{ t: 'é', tags: [[1, 2]] }, { t: 'É', tags: [1, 2] }, { t: 'straße', tags: [{ a: 1 }] }])
  await attempt('ilike', () => root.call('c', 'list', { filter: { t: { $includes: 'É' } }, fields: ['t'] }))
  await attempt('anyOf nested', () => root.call('c', 'list', { filter: { tags: { $anyOf: [[1, 2]] } }, fields: ['tags'] }))
  await attempt('anyOf object', () => root.call('c', 'list', { filter: { tags: { $anyOf: [{ a: 1 }] } }, fields: ['tags'] }))
  await attempt('zone', () => root.call('c', 'create', { at: '2025-01-01T00:00:00+14:59' }))
  await attempt('min>max', () => root.call('collections', 'create', { name: 'd', fields: [{ name: 'a', type: 'string', minLength: 5, maxLength: 2 }, { name: 'b', type: 'integer', minimum: 5, maximum: 2 }] }))
  await attempt('default 1', () => root.call('things', 'create', { name: 'a' }))
  await attempt('default 2', () => root.call('things', 'create', { name: 'a' }))
  await attempt('bare', () => root.call('empties', 'create', [{}, {}, {}]))
  await attempt('now', () => root.call('mw', 'now'))
  await attempt('file', () => root.call('mw', 'file'))
  const token = await app.signIn('root')
  const t = Date.now()
  const r = await app.request('POST', '/api/plugins:disable?filterByTk=mw', { token })
  say('disable through own middleware', r.status, Date.now() - t, 'ms')
  await app.close()
  const K = createToken<number>('k')
  const p = (name: string, more: object) => definePlugin({ name, ...more, setup: () => undefined })
  const cat = (plugins: any[]) => new PluginCatalogue(async () => plugins.map((x) => ({ name: x.name, version: '1', package: x.name, load: async () => x })))
  await attempt('two providers', () => enableOrder('user', cat([p('user', { requires: { k: K } }), p('one', { provides: [K] }), p('two', { provides: [K] })])))
  await attempt('self', () => enableOrder('user', cat([p('user', { requires: { k: K }, provides: [K] })])))
  await attempt('disable circle', () => disableOrder('a', [p('a', { plugins: { b: '*' } }), p('b', { plugins: { a: '*' } })]))
  console.log(out.map((l) => (l as any[]).join(' | ')).join('\n'))
}, 60000)

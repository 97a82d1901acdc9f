import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp, type TestResponse } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { expectRefusal } from '../query/asking.js'
import { samples } from './field-type-samples.js'

/** The types are divided between two files, so that neither takes long. */
export function fieldTypeTests(half: 0 | 1): void {
  let app: TestApp
  let root: string

  beforeAll(async () => {
    app = await createTestApp()
    root = await app.signIn('root')
  })
  afterAll(() => app?.close())

  const make = (name: string, body: unknown): Promise<TestResponse> => post(app, `${name}:create`, root, body)
  const change = (name: string, id: number, body: unknown): Promise<TestResponse> =>
    post(app, `${name}:update/${id}`, root, body)

  let made = 0
  /** A collection with the field `v`. @returns its name */
  async function withField(type: string, options: object = {}): Promise<string> {
    const name = `typed${++made}`
    const answer = await post(app, 'collections:create', root, { name, fields: [{ name: 'v', type, ...options }] })
    expect([type, options, answer.status, answer.body.errors]).toEqual([type, options, 200, undefined])
    return name
  }

  describe.each(Object.entries(samples).filter((_, at) => at % 2 === half))('%s', (type, sample) => {
    const { needs = {}, good, normalised = [], wrong, limits = [], fills, without = [] } = sample
    const [one, other] = good

    it('comes out as it went in, from every action that shows it', async () => {
      const name = await withField(type, needs)
      for (const value of [...good, null]) {
        const { body } = await make(name, { v: value })
        expect(body.data.v).toEqual(value)
        expect((await get(app, `${name}:get/${body.data.id}`, root)).body.data.v).toEqual(value)
        const last = (await get(app, `${name}:list?sort=-id&pageSize=1`, root)).body.data[0]
        expect(last).toEqual(body.data)
        expect((await change(name, body.data.id, { v: one })).body.data[0].v).toEqual(one)
        expect((await change(name, body.data.id, { v: value })).body.data[0].v).toEqual(value)
      }
      for (const [sent, stored] of normalised) expect((await make(name, { v: sent })).body.data.v).toEqual(stored)
    })

    it('400 INVALID_VALUE with its path for what it cannot hold; nothing is stored', async () => {
      const name = await withField(type, needs)
      const { id } = (await make(name, { v: one })).body.data
      for (const value of wrong) {
        expectRefusal(await make(name, { v: value }), '400 INVALID_VALUE', 'v')
        expectRefusal(await change(name, id, { v: value }), '400 INVALID_VALUE', 'v')
        expectRefusal(await make(name, [{ v: other }, { v: value }]), '400 INVALID_VALUE', '1.v')
      }
      expect((await get(app, `${name}:list`, root)).body.data.map((row: { v: unknown }) => row.v)).toEqual([one])
    })

    for (const [options, within, beyond] of limits) {
      it(`keeps to ${JSON.stringify(options)}`, async () => {
        const name = await withField(type, { ...needs, ...options })
        const { id } = (await make(name, { v: within })).body.data
        expectRefusal(await make(name, { v: beyond }), '400 INVALID_VALUE', 'v')
        expectRefusal(await change(name, id, { v: beyond }), '400 INVALID_VALUE', 'v')
        expect((await get(app, `${name}:get/${id}`, root)).body.data.v).toEqual(within)
      })
    }

    it('required: neither null nor, unless it fills itself, absent', async () => {
      const name = await withField(type, { ...needs, required: true })
      expectRefusal(await make(name, { v: null }), '400 INVALID_VALUE', 'v')
      if (fills) expect(String((await make(name, {})).body.data.v)).toMatch(fills)
      else expectRefusal(await make(name, {}), '400 INVALID_VALUE', 'v')
      const { id } = (await make(name, { v: one })).body.data
      expectRefusal(await change(name, id, { v: null }), '400 INVALID_VALUE', 'v')
    })

    it('absent: null, or what it fills itself with; an explicit null stays null', async () => {
      const name = await withField(type, needs)
      const absent = (await make(name, {})).body.data.v
      if (fills) expect(String(absent)).toMatch(fills)
      else expect(absent).toBeNull()
      expect((await make(name, { v: null })).body.data.v).toBeNull()
    })

    it('hidden: comes out nowhere and cannot be asked about', async () => {
      const name = await withField(type, { ...needs, hidden: true })
      const { data } = (await make(name, { v: one })).body
      expect(data).not.toHaveProperty('v')
      expect((await change(name, data.id, { v: other })).body.data[0]).not.toHaveProperty('v')
      expect((await get(app, `${name}:get/${data.id}`, root)).body.data).not.toHaveProperty('v')
      expectRefusal(await get(app, `${name}:list?fields=v`, root), '400 INVALID_FIELDS')
      expectRefusal(await get(app, `${name}:list?sort=v`, root), '400 INVALID_SORT')
      expectRefusal(await post(app, `${name}:list`, root, { filter: { v: one } }), '400 INVALID_FILTER')
    })

    it('readOnly: 400 in every body', async () => {
      const name = await withField(type, { ...needs, readOnly: true })
      const { id } = (await make(name, {})).body.data
      expectRefusal(await make(name, { v: one }), '400 READONLY_FIELD', 'v')
      expectRefusal(await change(name, id, { v: one }), '400 READONLY_FIELD', 'v')
      expectRefusal(await make(name, [{}, { v: one }]), '400 READONLY_FIELD', '1.v')
    })

    if (without.includes('unique')) {
      it('has no unique', async () => {
        const fields = [{ name: 'v', type, ...needs, unique: true }]
        expectRefusal(await post(app, 'collections:create', root, { name: 'none', fields }), '400 INVALID_VALUE')
      })
    } else {
      it('unique: 409 CONFLICT with its path, of a list with the index too; nulls are no values', async () => {
        const name = await withField(type, { ...needs, unique: true })
        await make(name, { v: one })
        expectRefusal(await make(name, { v: one }), '409 CONFLICT', 'v')
        expectRefusal(await make(name, [{ v: other }, { v: null }, { v: one }]), '409 CONFLICT', '2.v')
        expectRefusal(await make(name, [{ v: other }, { v: other }]), '409 CONFLICT', '1.v')
        const { id } = (await make(name, { v: other })).body.data
        expectRefusal(await change(name, id, { v: one }), '409 CONFLICT', 'v')
        expect(outcome(await make(name, [{ v: null }, { v: null }]))).toBe('200')
      })
    }

    if (without.includes('default')) {
      it('has no default', async () => {
        const fields = [{ name: 'v', type, ...needs, default: one }]
        expectRefusal(await post(app, 'collections:create', root, { name: 'none', fields }), '400 INVALID_VALUE')
      })
    } else {
      it('default: taken when absent, never for an explicit null, and checked when it is defined', async () => {
        const name = await withField(type, { ...needs, default: other })
        expect((await make(name, {})).body.data.v).toEqual(other)
        expect((await make(name, { v: null })).body.data.v).toBeNull()
        expect((await make(name, { v: one })).body.data.v).toEqual(one)
        for (const value of wrong) {
          const fields = [{ name: 'v', type, ...needs, default: value }]
          expectRefusal(await post(app, 'collections:create', root, { name: 'none', fields }), '400 INVALID_VALUE')
        }
      })
    }

    it('added to a collection that has records', async () => {
      const name = await withField('string')
      await make(name, [{ v: 'a' }, { v: 'b' }])
      const added = await post(app, `collections/${name}/fields:create`, root, { name: 'w', type, ...needs })
      expect(outcome(added)).toBe('200')
      expect((await make(name, { w: one })).body.data.w).toEqual(one)
    })
  })
}

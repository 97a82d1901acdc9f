import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'
import { samples } from './field-type-samples.js'

let app: TestApp
let root: string

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

/** Not those that are written by the server, shown to nobody, or true in one record only. */
const types = Object.entries(samples).filter(([type]) => !['password', 'sort', 'radio'].includes(type))
type Typed = readonly (typeof types)[number][]

const fieldsOf = (typed: Typed) => typed.map(([type, { needs }], index) => ({ name: `f${index}`, type, ...needs }))
const valuesOf = (typed: Typed, which: 0 | 1) =>
  Object.fromEntries(typed.map(([, { good }], index) => [`f${index}`, good[which]]))

/** Everything that is kept prepared: a record made, read by its key and listed, each field changed by itself, deleted. */
async function use(name: string, typed: Typed): Promise<void> {
  const first = valuesOf(typed, 0)
  const made = await post(app, `${name}:create`, root, first)
  expect([outcome(made), made.body.data]).toEqual(['200', expect.objectContaining(first)])
  const { id } = made.body.data
  for (const [member, value] of Object.entries(valuesOf(typed, 1))) {
    const changed = await post(app, `${name}:update/${id}`, root, { [member]: value })
    expect([outcome(changed), changed.body.data?.[0]?.[member]]).toEqual(['200', value])
  }
  const read = await get(app, `${name}:get/${id}`, root)
  expect(read.body.data).toMatchObject(valuesOf(typed, 1))
  expect((await get(app, `${name}:list?sort=id`, root)).body.data).toEqual([read.body.data])
  expect(outcome(await post(app, `${name}:destroy/${id}`, root))).toBe('200')
}

describe('statements that are kept prepared', () => {
  it('go with a collection that is made anew: every type follows every other one', async () => {
    const seen = new Set<string>()
    let offset = 0
    let before: Typed = []
    for (let step = 0; step < types.length; step++) {
      // The steps between the rounds are 1, 2, 3 …, so that each field goes on to another type each time.
      offset += step
      const typed = types.map((_, index) => types[(index + offset) % types.length] ?? types[0]).filter((one) => !!one)
      for (const [index, [type]] of before.entries()) seen.add(`${type} ${typed[index]?.[0] ?? ''}`)
      const made = await post(app, 'collections:create', root, { name: 'anew', fields: fieldsOf(typed) })
      expect(outcome(made)).toBe('200')
      await use('anew', typed)
      await post(app, 'collections:destroy/anew?force=true', root)
      before = typed
    }
    expect(seen.size).toBe(types.length * (types.length - 1))
  })

  it.each([
    ['string', 'integer'],
    ['integer', 'bigInt'],
    ['dateOnly', 'datetime'],
    ['string', 'text'],
    ['bigInt', 'decimal'],
  ])('go with a change of type, there and back: %s to %s', async (from, to) => {
    const name = `${from}To${to}`
    const of = (type: string) => types.filter(([one]) => one === type)
    await post(app, 'collections:create', root, { name, fields: fieldsOf(of(from)) })
    for (const type of [from, to, from, to]) {
      await post(app, `collections/${name}/fields:update/f0?force=true`, root, { type })
      await use(name, of(type))
    }
  })
})

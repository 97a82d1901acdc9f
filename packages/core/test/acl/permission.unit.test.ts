import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Grant } from '../../src/acl/grant.js'
import { combineGrants, narrow } from '../../src/acl/permission.js'

const names = ['a', 'b', 'c']
const states = ['x', 'y', 'z']

const grants = fc.array(
  fc.record({
    role: fc.constant('r'),
    resource: fc.constant('t'),
    actions: fc.constant(['list']),
    fields: fc.option(fc.subarray(names, { minLength: 1 })),
    where: fc.option(
      fc.oneof(
        fc.constant({}),
        fc.constantFrom(...states).map((state) => ({ state })),
      ),
    ),
  }),
  { minLength: 1, maxLength: 6 },
)

const holdsFor = (where: Grant['where'], state: string): boolean =>
  where === null || where === undefined || where['state'] === undefined || where['state'] === state

describe('combined grants', () => {
  it('never show a row or a field that no grant for that row shows', () => {
    fc.assert(
      fc.property(grants, fc.constantFrom(...states), (given: Grant[], state) => {
        const combined = combineGrants(given)
        const isShown = combined?.anyOf === undefined || combined.anyOf.some((where) => holdsFor(where, state))
        const forRow = given.filter(({ where }) => holdsFor(where, state))
        expect(isShown).toBe(forRow.length > 0)
        if (!isShown) return
        const granted = new Set(forRow.flatMap(({ fields }) => fields ?? names))
        for (const name of combined?.fields ?? names) expect(granted.has(name)).toBe(true)
      }),
    )
  })

  it('do not depend on their order', () => {
    fc.assert(
      fc.property(grants, (given: Grant[]) => {
        const [one, other] = [combineGrants(given), combineGrants(given.toReversed())]
        expect([...(one?.fields ?? ['*'])].sort()).toEqual([...(other?.fields ?? ['*'])].sort())
        expect(one?.anyOf?.length).toBe(other?.anyOf?.length)
      }),
    )
  })

  it('are nothing when there are none', () => expect(combineGrants([])).toBeUndefined())
})

describe('a restriction', () => {
  const permission = combineGrants([{ role: 'r', resource: 't', actions: ['list'], fields: ['a', 'b'] }])
  if (!permission) throw new Error('there is a grant')

  it('only takes away', () => {
    expect([...(narrow(permission, { fields: ['b', 'c'] }).fields ?? [])]).toEqual(['b'])
    expect(narrow(permission, { where: { state: 'x' } }).allOf).toEqual([{ state: 'x' }])
    expect(narrow(narrow(permission, { where: { state: 'x' } }), { where: { state: 'y' } }).allOf).toHaveLength(2)
    expect(narrow(permission, {})).toEqual(permission)
  })

  it('to no fields at all leaves none', () => expect(narrow(permission, { fields: [] }).fields?.size).toBe(0))
})

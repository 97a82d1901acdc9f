import { describe, expect, it } from '@jest/globals'
import type { Grant } from '../../src/acl/grant.js'
import { allows } from '../../src/acl/grant.js'
import {
  combineGrants,
  hasRowRules,
  intersect,
  narrow,
  rowsOf,
  unlimited,
  variablesOf,
  type Permission,
} from '../../src/acl/permission.js'
import type { Principal } from '../../src/auth/principal.js'
import { compileCollection } from '../../src/database/collection.js'
import { compileFilter } from '../../src/database/filter/compile-filter.js'
import { Parameters } from '../../src/database/sql.js'
import { f } from '../../src/schema/f.js'

const grant = (limits: Pick<Grant, 'fields' | 'where'> = {}): Grant => ({
  role: 'member',
  resource: 'notes',
  actions: ['list'],
  ...limits,
})
const fieldsOf = (permission: Permission | undefined): string[] | undefined =>
  permission?.fields && [...permission.fields].sort()
const own = { createdById: '{{$user.id}}' }
const open = { state: 'open' }

describe('a grant', () => {
  it('allows its actions, or every one', () => {
    expect([allows(grant(), 'list'), allows(grant(), 'get')]).toEqual([true, false])
    expect(allows({ ...grant(), actions: ['*'] }, 'get')).toBe(true)
    expect(allows({ ...grant(), actions: [] }, 'get')).toBe(false)
  })
})

describe('no grant', () => {
  it('is no permission', () => expect(combineGrants([])).toBeUndefined())
})

describe('the rows of several grants', () => {
  it('are all rows when one of them is for all', () => {
    for (const where of [undefined, null, {}]) {
      const limits = where === undefined ? {} : { where }
      expect(combineGrants([grant({ where: own }), grant(limits)])?.anyOf).toBeUndefined()
    }
  })

  it('add up otherwise', () => {
    expect(combineGrants([grant({ where: own }), grant({ where: open })])?.anyOf).toEqual([own, open])
  })
})

describe('the fields of several grants', () => {
  it('are all when no grant names any', () => {
    expect(combineGrants([grant()])?.fields).toBeUndefined()
    expect(combineGrants([grant({ fields: null })])?.fields).toBeUndefined()
  })

  it('add up where the rows are the same', () => {
    expect(fieldsOf(combineGrants([grant({ fields: ['a'] }), grant({ fields: ['b'] })]))).toEqual(['a', 'b'])
    const sameRows = [grant({ fields: ['a'], where: own }), grant({ fields: ['b'], where: own })]
    expect(fieldsOf(combineGrants(sameRows))).toEqual(['a', 'b'])
    expect(combineGrants([grant({ fields: ['a'] }), grant()])?.fields).toBeUndefined()
  })

  it('are those that every part allows where the rows differ', () => {
    const parts = [grant({ fields: ['a', 'b'], where: own }), grant({ fields: ['b', 'c'], where: open })]
    expect(fieldsOf(combineGrants(parts))).toEqual(['b'])
    const apart = [grant({ fields: ['a'], where: own }), grant({ fields: ['c'], where: open })]
    expect(fieldsOf(combineGrants(apart))).toEqual([])
  })

  it('of all rows hold for some rows as well', () => {
    const parts = [grant({ fields: ['a'] }), grant({ fields: ['b'], where: own })]
    expect(combineGrants(parts)).toMatchObject({ anyOf: undefined })
    expect(fieldsOf(combineGrants(parts))).toEqual(['a'])
    expect(fieldsOf(combineGrants([grant({ fields: ['a'] }), grant({ where: own })]))).toEqual(['a'])
    expect(fieldsOf(combineGrants([grant(), grant({ fields: ['b'], where: own })]))).toBeUndefined()
  })

  it('may be none at all', () => expect(fieldsOf(combineGrants([grant({ fields: [] })]))).toEqual([]))

  it('do not depend on the order of the grants', () => {
    const parts = [
      grant({ fields: ['a', 'b'] }),
      grant({ fields: ['b', 'c'], where: own }),
      grant({ fields: ['c'], where: open }),
    ]
    expect(fieldsOf(combineGrants(parts))).toEqual(fieldsOf(combineGrants([...parts].reverse())))
  })
})

describe('a restriction', () => {
  it('only takes away', () => {
    const wide = narrow(unlimited, { where: open, fields: ['a', 'b'], values: { spaceId: 1 } })
    expect(wide).toMatchObject({ anyOf: undefined, allOf: [open], values: { spaceId: 1 } })
    const narrower = narrow(wide, { where: own, fields: ['b', 'c'] })
    expect(narrower).toMatchObject({ allOf: [open, own], values: { spaceId: 1 } })
    expect(fieldsOf(narrower)).toEqual(['b'])
  })

  it('that says nothing changes nothing', () => {
    expect(narrow(unlimited, {})).toEqual(unlimited)
    expect(narrow(unlimited, { where: {} })).toEqual(unlimited)
  })

  it('writes its values over those before', () => {
    expect(narrow(narrow(unlimited, { values: { a: 1, b: 1 } }), { values: { b: 2 } }).values).toEqual({ a: 1, b: 2 })
  })

  it('leaves the permission that it narrows as it was', () => {
    narrow(unlimited, { where: own, fields: ['a'], values: { a: 1 } })
    expect(unlimited).toEqual({ anyOf: undefined, allOf: [], fields: undefined, values: undefined })
  })
})

describe('intersect', () => {
  it('takes undefined for everything', () => {
    const [ab, bc] = [new Set(['a', 'b']), new Set(['b', 'c'])]
    expect(intersect(ab, bc)).toEqual(new Set(['b']))
    expect(intersect(undefined, bc)).toBe(bc)
    expect(intersect(ab, undefined)).toBe(ab)
    expect(intersect(undefined, undefined)).toBeUndefined()
    expect(intersect(new Set(), bc)).toEqual(new Set())
  })
})

describe('the rows of a permission', () => {
  const notes = compileCollection({
    name: 'notes',
    options: {},
    fields: { state: f.string(), secret: f.string({ hidden: true }) },
  })
  const ann: Principal = { kind: 'session', userId: 7, roles: ['member'] }
  const sqlOf = (permission: Permission, principal = ann): unknown[] => {
    const parameters = new Parameters()
    return [compileFilter(rowsOf(permission, notes, principal), parameters, notes.name), ...parameters.values]
  }
  const permission = (anyOf: Permission['anyOf'], allOf: Permission['allOf'] = []): Permission => ({
    ...unlimited,
    anyOf,
    allOf,
  })

  it('are all without rules', () => {
    expect(hasRowRules(unlimited)).toBe(false)
    expect(sqlOf(unlimited)).toEqual(['TRUE'])
  })

  it('match one of the grants and every restriction, with the caller’s own values', () => {
    expect(sqlOf(permission([own, open], [{ secret: 'x' }]))).toEqual([
      '(("createdById" = $1 OR "state" = $2) AND "secret" = $3)',
      7,
      'open',
      'x',
    ])
    expect(hasRowRules(permission(undefined, [open]))).toBe(true)
    expect(sqlOf(permission(undefined, [open]))).toEqual(['"state" = $1', 'open'])
  })

  it('are none when there are grants and none of them matches', () => {
    expect(sqlOf(permission([]))).toEqual(['FALSE'])
  })

  it('that belong to the caller are none when nobody in particular calls', () => {
    const nobody: Principal = { kind: 'spaceToken', userId: null, roles: [] }
    expect(sqlOf(permission([own]), nobody)).toEqual(['(FALSE)'])
  })

  it('are none for a rule that names a field which is gone', () => {
    expect(sqlOf(permission([{ dropped: 1 }, open]))).toEqual(['(FALSE OR "state" = $1)', 'open'])
    expect(sqlOf(permission(undefined, [{ dropped: 1 }]))).toEqual(['FALSE'])
  })

  it('know the variables of the caller and no others', () => {
    const variable = variablesOf(ann)
    expect(['$user.id', '$nRole', '$user.email', '$x', 'constructor'].map(variable)).toEqual([
      7,
      'member',
      undefined,
      undefined,
      undefined,
    ])
  })
})

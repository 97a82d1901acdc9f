import { describe, expect, it } from '@jest/globals'
import { Acl } from '../../src/acl/acl.js'
import type { Principal } from '../../src/auth/principal.js'
import { anonymous } from '../../src/auth/principal.js'
import { Scope } from '../../src/kernel/scope.js'

const whoHas = (...roles: string[]): Principal => ({ kind: 'session', userId: 1, roles })
const withKey = (...roles: string[]): Principal => ({ kind: 'apiKey', userId: 1, roles })
const active = (owner = 'plugin'): Scope => {
  const scope = new Scope(owner)
  scope.active = true
  return scope
}

describe('without a grant', () => {
  const acl = new Acl()

  it('401 for nobody in particular, 403 for everybody, also for those with roles', () => {
    expect(() => acl.permit(anonymous, 'notes', 'list')).toThrow(
      expect.objectContaining({ status: 401, code: 'EMPTY_TOKEN' }),
    )
    expect(() => acl.permit(whoHas('admin'), 'notes', 'list')).toThrow(
      expect.objectContaining({ status: 403, code: 'NO_PERMISSION', message: 'You have no permission for notes:list' }),
    )
  })

  it('root may do everything', () => {
    expect(acl.permit(whoHas('member', 'root'), 'notes', 'list')).toMatchObject({ anyOf: undefined, fields: undefined })
  })
})

describe('grants of a plugin', () => {
  it('count only while the plugin is active, once that is made known', async () => {
    const acl = new Acl()
    const scope = new Scope('notes')
    acl.grant({ role: 'member', resource: 'notes', actions: ['list'] }, scope)
    const may = (): boolean => acl.find(whoHas('member'), 'notes', 'list') !== undefined
    expect(may()).toBe(false)
    scope.active = true
    acl.forget()
    expect(may()).toBe(true)
    await scope.close()
    acl.forget()
    expect(may()).toBe(false)
    expect(acl.size).toBe(0)
    expect(scope.holdings()).toEqual([])
  })

  it('are in force at once when the plugin is active, and when one is taken back', async () => {
    const acl = new Acl()
    const may = (): boolean => acl.find(whoHas('member'), 'notes', 'list') !== undefined
    expect(may()).toBe(false)
    const undo = acl.grant({ role: 'member', resource: 'notes', actions: ['list'] }, active())
    expect(may()).toBe(true)
    await undo()
    expect(may()).toBe(false)
  })
})

describe('grants of operators', () => {
  it('replace those before', () => {
    const acl = new Acl()
    const may = (action: string): boolean => acl.find(whoHas('member'), 'notes', action) !== undefined
    acl.setStored([{ role: 'member', resource: 'notes', actions: ['list'] }])
    expect([may('list'), may('get')]).toEqual([true, false])
    acl.setStored([{ role: 'member', resource: 'notes', actions: ['get'] }])
    expect([may('list'), may('get')]).toEqual([false, true])
  })

  it('do not mix up a role with a blank in its name and two roles', () => {
    const acl = new Acl()
    acl.setStored([{ role: 'chief', resource: 'notes', actions: ['destroy'] }])
    expect(acl.find(whoHas('deputy', 'chief'), 'notes', 'destroy')).toBeDefined()
    expect(acl.find(whoHas('deputy chief'), 'notes', 'destroy')).toBeUndefined()
  })
})

describe('roles that come with the way of calling', () => {
  const acl = new Acl()
  acl.setStored([
    { role: 'anonymous', resource: 'site', actions: ['read'] },
    { role: '$credential', resource: 'auth', actions: ['check'] },
    { role: '$signedIn', resource: 'auth', actions: ['signOut'] },
  ])
  const may = (principal: Principal, resource: string, action: string): boolean =>
    acl.find(principal, resource, action) !== undefined

  it('anybody, any credential, a session', () => {
    const rights = [anonymous, withKey('member'), whoHas('member')].map((principal) => [
      may(principal, 'site', 'read'),
      may(principal, 'auth', 'check'),
      may(principal, 'auth', 'signOut'),
    ])
    expect(rights).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ])
  })

  it('are kept apart for the same roles in different ways of calling', () => {
    expect(may(whoHas(), 'auth', 'signOut')).toBe(true)
    expect(may(withKey(), 'auth', 'signOut')).toBe(false)
    expect(may(anonymous, 'auth', 'signOut')).toBe(false)
  })
})

describe('restrictions', () => {
  it('narrow what is granted, and root too; deny ends it; all of them are asked', () => {
    const acl = new Acl()
    acl.setStored([{ role: 'member', resource: 'notes', actions: ['*'], fields: ['a', 'b'] }])
    acl.restrict((_principal, resource) => (resource === 'notes' ? { where: { spaceId: 1 } } : undefined), active())
    acl.restrict((_principal, _resource, action) => (action === 'destroy' ? 'deny' : { fields: ['b'] }), active())
    const permission = acl.find(whoHas('member'), 'notes', 'list')
    expect(permission).toMatchObject({ allOf: [{ spaceId: 1 }], fields: new Set(['b']) })
    expect(acl.find(whoHas('member'), 'notes', 'destroy')).toBeUndefined()
    expect(acl.find(whoHas('root'), 'notes', 'destroy')).toBeUndefined()
    expect(acl.find(whoHas('root'), 'notes', 'list')).toMatchObject({ allOf: [{ spaceId: 1 }] })
  })

  it('give nothing that is not granted', () => {
    const acl = new Acl()
    acl.restrict(() => ({ where: { a: 1 } }), active())
    expect(acl.find(whoHas('member'), 'notes', 'list')).toBeUndefined()
  })

  it('are asked only while their plugin is active', () => {
    const acl = new Acl()
    const scope = new Scope('spaces')
    acl.restrict(() => 'deny', scope)
    expect(acl.find(whoHas('root'), 'notes', 'list')).toBeDefined()
    scope.active = true
    expect(acl.find(whoHas('root'), 'notes', 'list')).toBeUndefined()
  })

  it('that throw let nothing through', () => {
    const acl = new Acl()
    const fail = () => {
      throw new Error('no idea')
    }
    acl.restrict(fail, active())
    expect(() => acl.find(whoHas('root'), 'notes', 'list')).toThrow('no idea')
  })
})

describe('scopes of a credential', () => {
  it('stay below its roles', () => {
    const acl = new Acl()
    acl.setStored([{ role: 'member', resource: 'notes', actions: ['list', 'get'] }])
    const key: Principal = { ...withKey('member'), scopes: [{ resource: 'notes', actions: ['list', 'destroy'] }] }
    expect(acl.find(key, 'notes', 'list')).toBeDefined()
    expect(() => acl.permit(key, 'notes', 'get')).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_SCOPE' }))
    expect(() => acl.permit(key, 'notes', 'destroy')).toThrow(expect.objectContaining({ code: 'NO_PERMISSION' }))
    const rootKey: Principal = { ...withKey('root'), scopes: [{ resource: 'notes', actions: ['*'] }] }
    expect(acl.find(rootKey, 'notes', 'destroy')).toBeDefined()
    expect(acl.find(rootKey, 'users', 'list')).toBeUndefined()
  })
})

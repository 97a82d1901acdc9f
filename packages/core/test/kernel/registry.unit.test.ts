import { describe, expect, it } from '@jest/globals'
import { OwnedList } from '../../src/kernel/owned-list.js'
import { Registry } from '../../src/kernel/registry.js'
import { Scope } from '../../src/kernel/scope.js'
import { createToken, serviceOf } from '../../src/kernel/token.js'

const scopeOf = (owner: string, active = true): Scope => {
  const scope = new Scope(owner)
  scope.active = active
  return scope
}

describe('a registry', () => {
  it('shows entries only while their owner is active', () => {
    const registry = new Registry<number>('thing')
    const scope = scopeOf('a', false)
    registry.add('x', 1, scope)
    const seen = () => [registry.get('x'), registry.find('x')?.value, registry.names(), registry.values()]
    expect(seen()).toEqual([undefined, undefined, [], []])
    scope.active = true
    expect(seen()).toEqual([1, 1, ['x'], [1]])
    expect(registry.find('x')?.scope).toBe(scope)
    scope.active = false
    expect(seen()).toEqual([undefined, undefined, [], []])
  })

  it('keeps what it does not show', () => {
    const registry = new Registry<number>('thing')
    const scope = scopeOf('a', false)
    registry.add('x', 1, scope)
    expect(registry.held()).toEqual([1])
    expect(registry.size).toBe(1)
    expect(registry.isHeldBy('x', scope)).toBe(true)
    expect(registry.isHeldBy('x', scopeOf('a'))).toBe(false)
    expect(registry.isHeldBy('y', scope)).toBe(false)
  })

  it('refuses a name that is taken, and names both owners', () => {
    const registry = new Registry<number>('thing')
    registry.add('x', 1, scopeOf('first', false))
    const second = scopeOf('second')
    expect(() => registry.add('x', 2, second)).toThrow(
      expect.objectContaining({
        code: 'REGISTRY_DUPLICATE',
        status: 409,
        message: 'thing "x" of "second" clashes with the one that "first" already registered',
      }),
    )
    expect(registry.held()).toEqual([1])
    expect(second.holdings()).toEqual([])
  })

  it('lets a name be used again once its owner is gone', async () => {
    const registry = new Registry<number>('thing')
    const first = scopeOf('first')
    registry.add('x', 1, first)
    await first.close()
    expect(registry.size).toBe(0)
    registry.add('x', 2, scopeOf('second'))
    await first.close()
    expect(registry.get('x')).toBe(2)
  })

  it('grows its revision with every change, and with nothing else', async () => {
    const registry = new Registry<number>('thing')
    const scope = scopeOf('a')
    expect(registry.revision).toBe(0)
    const remove = registry.add('x', 1, scope)
    expect(registry.revision).toBe(1)
    expect(() => registry.add('x', 1, scope)).toThrow('clashes')
    registry.get('x')
    expect(registry.revision).toBe(1)
    await remove()
    await remove()
    expect(registry.revision).toBe(2)
  })

  it('finds nothing under names that every object has', () => {
    const registry = new Registry<number>('thing')
    expect([registry.get('constructor'), registry.get('__proto__')]).toEqual([undefined, undefined])
  })

  it('labels what the owner holds', () => {
    const scope = scopeOf('a')
    new Registry<number>('action').add('notes:sweep', 1, scope)
    expect(scope.holdings()).toEqual(['action notes:sweep'])
  })
})

describe('an owned list', () => {
  it('keeps order and duplicates, and shows what is active', () => {
    const list = new OwnedList<string>('hook')
    const [on, off] = [scopeOf('on'), scopeOf('off', false)]
    list.add('a', on)
    list.add('b', off)
    list.add('a', on)
    expect([...list.active()].map(({ value }) => value)).toEqual(['a', 'a'])
    off.active = true
    expect([...list.active()].map(({ value, scope }) => value + scope.owner)).toEqual(['aon', 'boff', 'aon'])
    expect(list.size).toBe(3)
  })

  it('takes out exactly the one that was put in', async () => {
    const list = new OwnedList<string>('hook')
    const scope = scopeOf('on')
    const remove = list.add('a', scope)
    list.add('a', scope)
    await remove()
    await remove()
    expect(list.size).toBe(1)
    await scope.close()
    expect(list.isEmpty).toBe(true)
  })

  it('labels what the owner holds by its kind, or as it is told', () => {
    const list = new OwnedList<string>('hook')
    const scope = scopeOf('on')
    list.add('a', scope)
    list.add('a', scope, 'grant member notes:list')
    expect(scope.holdings()).toEqual(['hook', 'grant member notes:list'])
  })
})

describe('a token', () => {
  it('finds the service of its id, from whichever module it was made', () => {
    const services = new Registry<unknown>('service')
    const service = { ping: () => 'pong' }
    services.add('pinger', service, scopeOf('a'))
    expect(serviceOf(services, createToken<typeof service>('pinger'))?.ping()).toBe('pong')
    expect(serviceOf(services, createToken('other'))).toBeUndefined()
  })
})

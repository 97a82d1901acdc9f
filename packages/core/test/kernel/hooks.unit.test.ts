import { describe, expect, it } from '@jest/globals'
import { setTimeout as pause } from 'node:timers/promises'
import { defineEvent, Events, Hooks } from '../../src/kernel/hooks.js'
import { silentLogger, type Logger } from '../../src/kernel/logger.js'
import { Scope } from '../../src/kernel/scope.js'

const scopeOf = (owner: string, active = true): Scope => {
  const scope = new Scope(owner)
  scope.active = active
  return scope
}

describe('hooks', () => {
  it('are awaited one after another, in order of registration', async () => {
    const hooks = new Hooks<string[]>()
    hooks.before(
      'notes:create',
      async (log) => {
        await pause(3)
        log.push('slow')
      },
      scopeOf('a'),
    )
    hooks.before('notes:create', (log) => log.push('quick'), scopeOf('b'))
    hooks.before('notes:update', (log) => log.push('other'), scopeOf('b'))
    const log: string[] = []
    await hooks.run('notes:create', log)
    expect(log).toEqual(['slow', 'quick'])
  })

  it('refuse by throwing: those after are not asked', async () => {
    const hooks = new Hooks<string[]>()
    const fail = () => {
      throw new Error('refused')
    }
    hooks.before('x', fail, scopeOf('a'))
    hooks.before('x', (log) => log.push('asked'), scopeOf('a'))
    const log: string[] = []
    await expect(hooks.run('x', log)).rejects.toThrow('refused')
    expect(log).toEqual([])
  })

  it('of an owner that is not active are not asked', async () => {
    const hooks = new Hooks<string[]>()
    const scope = scopeOf('a', false)
    hooks.before('x', (log) => log.push('asked'), scope)
    const log: string[] = []
    await hooks.run('x', log)
    expect(log).toEqual([])
    scope.active = true
    await hooks.run('x', log)
    expect(log).toEqual(['asked'])
  })

  it('know whether there are any, and leave with their owner', async () => {
    const hooks = new Hooks<unknown>()
    const scope = scopeOf('a')
    expect(hooks.has('x')).toBe(false)
    hooks.before('x', () => undefined, scope)
    hooks.before('y', () => undefined, scope)
    expect([hooks.has('x'), hooks.size]).toEqual([true, 2])
    expect(scope.holdings()).toEqual(['hook x', 'hook y'])
    await scope.close()
    expect([hooks.has('x'), hooks.size]).toEqual([false, 0])
    await hooks.run('x', undefined)
  })

  it('count as calls in flight of their owner, whether they succeed or refuse', async () => {
    const hooks = new Hooks<boolean>()
    const scope = scopeOf('a')
    const seen: number[] = []
    hooks.before(
      'x',
      async (fails) => {
        await pause(1)
        seen.push(scope.callsInFlight)
        if (fails) throw new Error('refused')
      },
      scope,
    )
    await hooks.run('x', false)
    await expect(hooks.run('x', true)).rejects.toThrow('refused')
    expect([seen, scope.callsInFlight]).toEqual([[1, 1], 0])
  })
})

interface Line {
  readonly fields: object
  readonly message: string | undefined
}

const recordingLogger = (lines: Line[]): Logger => ({
  ...silentLogger,
  error: (fields: object | string, message?: string) => {
    lines.push({ fields: typeof fields === 'string' ? {} : fields, message })
  },
})

describe('events', () => {
  it('reach every active listener of their id', () => {
    const events = new Events(silentLogger)
    const minted = defineEvent<number>('key-minted')
    const seen: unknown[] = []
    events.on(minted.id, (value) => seen.push(value), scopeOf('a'))
    events.on(minted.id, (value) => seen.push(value), scopeOf('b', false))
    events.on('another', (value) => seen.push(value), scopeOf('a'))
    events.emit(defineEvent('key-minted').id, 7)
    expect(seen).toEqual([7])
  })

  it('log a failing listener with its owner, and fail nothing else', async () => {
    const lines: Line[] = []
    const events = new Events(recordingLogger(lines))
    const seen: string[] = []
    const bad = new Error('bad')
    const here: unknown = expect.stringMatching(/hooks\.unit\.test\.ts:\d+/)
    events.on(
      'x',
      () => {
        throw bad
      },
      scopeOf('sync-owner'),
    )
    events.on('x', () => Promise.reject(bad), scopeOf('async-owner'))
    events.on('x', () => seen.push('reached'), scopeOf('c'))
    expect(() => events.emit('x', 1)).not.toThrow()
    await pause(1)
    expect(seen).toEqual(['reached'])
    expect(lines).toEqual([
      {
        fields: { err: bad, plugin: 'sync-owner', registeredAt: here, event: 'x' },
        message: 'A listener of plugin "sync-owner" failed on x',
      },
      {
        fields: { err: bad, plugin: 'async-owner', registeredAt: here, event: 'x' },
        message: 'A listener of plugin "async-owner" failed on x',
      },
    ])
  })

  it('do not wait for listeners, but their owner does when it leaves', async () => {
    const events = new Events(silentLogger)
    const scope = scopeOf('a')
    const log: string[] = []
    events.on(
      'x',
      async () => {
        await pause(3)
        log.push('listener ended')
      },
      scope,
    )
    scope.effect('resource', () => () => void log.push('resource released'))
    events.emit('x', 1)
    log.push('emitted')
    scope.active = false
    expect(await scope.whenIdle(1000)).toBe(true)
    await scope.close()
    expect(log).toEqual(['emitted', 'listener ended', 'resource released'])
    expect([events.has('x'), events.size]).toEqual([false, 0])
  })
})

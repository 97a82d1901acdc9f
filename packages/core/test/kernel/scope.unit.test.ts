import { describe, expect, it } from '@jest/globals'
import { setTimeout as pause } from 'node:timers/promises'
import { Scope } from '../../src/kernel/scope.js'

const recording = () => {
  const scope = new Scope('owner')
  const log: string[] = []
  const effect = (name: string) =>
    scope.effect(name, () => {
      log.push(`do ${name}`)
      return () => void log.push(`undo ${name}`)
    })
  return { scope, log, effect }
}

describe('effect', () => {
  it('does at once, and undoes in reverse order when the scope closes', async () => {
    const { scope, log, effect } = recording()
    for (const name of ['a', 'b', 'c']) effect(name)
    await scope.close()
    expect(log).toEqual(['do a', 'do b', 'do c', 'undo c', 'undo b', 'undo a'])
  })

  it('is undone exactly once, by its own disposer or by the scope', async () => {
    const { scope, log, effect } = recording()
    const undo = effect('a')
    effect('b')
    await undo()
    await undo()
    await scope.close()
    await undo()
    await scope.close()
    expect(log).toEqual(['do a', 'do b', 'undo a', 'undo b'])
  })

  it('records nothing when doing throws', async () => {
    const { scope } = recording()
    const fail = () =>
      scope.effect('a', () => {
        throw new Error('cannot')
      })
    expect(fail).toThrow('cannot')
    expect(scope.holdings()).toEqual([])
    await scope.close()
  })

  it('is refused before anything is done once the scope is closed', async () => {
    const { scope, log, effect } = recording()
    await scope.close()
    expect(() => effect('late')).toThrow(
      expect.objectContaining({ code: 'SCOPE_CLOSED', message: '"owner" is off and can register nothing more (late)' }),
    )
    expect(log).toEqual([])
  })

  it('is refused while the scope is closing', async () => {
    const { scope, effect } = recording()
    let refused: unknown
    scope.effect('first', () => async () => {
      await pause(1)
      try {
        effect('late')
      } catch (error) {
        refused = error
      }
    })
    await scope.close()
    expect(refused).toMatchObject({ code: 'SCOPE_CLOSED' })
  })
})

describe('close', () => {
  it('awaits each undoing before the next', async () => {
    const { scope, log } = recording()
    for (const name of ['a', 'b']) {
      scope.effect(name, () => async () => {
        log.push(`begin ${name}`)
        await pause(2)
        log.push(`end ${name}`)
      })
    }
    await scope.close()
    expect(log).toEqual(['begin b', 'end b', 'begin a', 'end a'])
  })

  it('goes on after a failure, and tells of all failures at the end', async () => {
    const { scope, log, effect } = recording()
    effect('a')
    scope.effect('sync', () => () => {
      throw new Error('one')
    })
    effect('b')
    scope.effect('async', () => () => Promise.reject(new Error('two')))
    await expect(scope.close()).rejects.toMatchObject({
      message: 'owner did not shut down cleanly',
      errors: [new Error('two'), new Error('one')],
    })
    expect(log).toEqual(['do a', 'do b', 'undo b', 'undo a'])
    expect(scope.holdings()).toEqual([])
  })

  it('hides the owner at once', () => {
    const { scope, effect } = recording()
    scope.active = true
    effect('a')
    void scope.close()
    expect(scope).toMatchObject({ active: false, closed: true })
  })

  it('has ended for everybody who waits for it, not only for the first', async () => {
    const { scope } = recording()
    let undone = false
    scope.effect('slow', () => async () => {
      await pause(5)
      undone = true
    })
    void scope.close()
    await scope.close()
    expect(undone).toBe(true)
  })
})

describe('holdings', () => {
  it('are labels in the order of registration, without what was undone', async () => {
    const { scope, effect } = recording()
    effect('a')
    const undo = effect('b')
    effect('c')
    await undo()
    expect(scope.holdings()).toEqual(['a', 'c'])
  })
})

describe('whenIdle', () => {
  it('is true at once when no call is in flight', async () => {
    const scope = new Scope('owner')
    scope.enter()
    scope.leave()
    expect(await scope.whenIdle(0)).toBe(true)
  })

  it('is true when the last call has left', async () => {
    const scope = new Scope('owner')
    scope.enter()
    scope.enter()
    const idle = scope.whenIdle(1000)
    scope.leave()
    expect(scope.callsInFlight).toBe(1)
    let isOver = false
    void idle.then(() => (isOver = true))
    await pause(1)
    expect(isOver).toBe(false)
    scope.leave()
    expect(await idle).toBe(true)
  })

  it('is false after the limit', async () => {
    const scope = new Scope('owner')
    scope.enter()
    expect(await scope.whenIdle(5)).toBe(false)
    scope.leave()
    expect(await scope.whenIdle(5)).toBe(true)
  })

  it('answers everybody who waits', async () => {
    const scope = new Scope('owner')
    scope.enter()
    const waiting = [scope.whenIdle(50), scope.whenIdle(50)]
    scope.leave()
    expect(await Promise.all(waiting)).toEqual([true, true])
  })
})

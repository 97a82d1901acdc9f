import { describe, expect, it } from '@jest/globals'
import { AppError, combineErrors, definedErrors, defineErrors, withStack } from '../../src/kernel/errors.js'

const errors = defineErrors('UNIT', {
  PLAIN: { status: 400, message: 'Something is wrong' },
  HOLES: { status: 409, message: '{who} already holds {what}', hint: 'Take another' },
  DEFECT: { status: 500, message: 'Broken: {what}' },
})

describe('a catalogue of errors', () => {
  it('makes codes of its prefix and the name', () => {
    expect(errors.PLAIN()).toMatchObject({ code: 'UNIT_PLAIN', status: 400, message: 'Something is wrong' })
  })

  it('makes bare codes when the prefix is empty', () => {
    expect(defineErrors('', { UNIT_BARE: { status: 404, message: 'x' } }).UNIT_BARE().code).toBe('UNIT_BARE')
  })

  it('fills the holes of the message, and carries the hint', () => {
    const error = errors.HOLES({ who: 'ann', what: 7 })
    expect(error).toMatchObject({ message: 'ann already holds 7', hint: 'Take another' })
  })

  it('puts values in as they are, whatever they look like', () => {
    expect(errors.HOLES({ who: '{what}', what: '$& $1' }).message).toBe('{what} already holds $& $1')
  })

  it('makes errors that are AppError and Error', () => {
    const error = errors.PLAIN()
    expect(error).toBeInstanceOf(AppError)
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe('AppError')
  })

  it('attaches the cause, for the log', () => {
    const cause = new Error('deep')
    expect(errors.PLAIN(undefined, cause).cause).toBe(cause)
    expect('cause' in errors.PLAIN()).toBe(false)
  })

  it('lists every error once, sorted by code', () => {
    const codes = definedErrors().map(({ code }) => code)
    expect(codes).toEqual([...new Set(codes)].sort())
    expect(definedErrors()).toContainEqual({
      code: 'UNIT_HOLES',
      status: 409,
      message: '{who} already holds {what}',
      hint: 'Take another',
    })
  })

  it('survives being defined again, as it is when a plugin is loaded again', () => {
    const define = () => defineErrors('UNIT', { PLAIN: { status: 400, message: 'Something is wrong' } })
    define()
    expect(definedErrors().filter(({ code }) => code === 'UNIT_PLAIN')).toHaveLength(1)
  })
})

describe('an error', () => {
  it('has no stack when it blames the caller, and one when it is a defect', () => {
    expect(errors.PLAIN().stack).not.toContain('\n    at ')
    expect(errors.DEFECT({ what: 'x' }).stack).toContain('\n    at ')
  })

  it('leaves the limit of stacks as it was, also when making one throws', () => {
    const before = Error.stackTraceLimit
    errors.PLAIN()
    expect(() =>
      withStack(false, () => {
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(Error.stackTraceLimit).toBe(before)
  })

  it('takes a path, a reason, and headers that add up', () => {
    const error = errors.PLAIN().at('a.0').because('expired').withHeaders({ A: '1', B: '1' }).withHeaders({ B: '2' })
    expect(error).toMatchObject({ path: 'a.0', reason: 'expired', headers: { A: '1', B: '2' } })
  })
})

describe('combineErrors', () => {
  it('gives the first of several, which knows all', () => {
    const [first, second] = [errors.PLAIN().at('a'), errors.HOLES({ who: 'x', what: 'y' }).at('b')]
    const combined = combineErrors([first, second])
    expect(combined).toBe(first)
    expect(combined.all).toEqual([first, second])
  })

  it('gives a single one as it is', () => {
    const only = errors.PLAIN()
    expect(combineErrors([only])).toBe(only)
    expect(only.all).toBeUndefined()
  })
})

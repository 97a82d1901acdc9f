import { describe, expect, it } from '@jest/globals'
import { CommanderError } from 'commander'
import { problemOf } from '../../src/cli/problem.js'
import { AppError, combineErrors } from '../../src/kernel/errors.js'

const usage = (code: string, message: string, exitCode = 1) => problemOf(new CommanderError(exitCode, code, message))

describe('a problem with how a command is written', () => {
  it('is told without commander’s prefix, and points to the help', () => {
    expect(usage('commander.unknownOption', "error: unknown option '--x'")).toEqual({
      code: 'CLI_USAGE',
      message: "unknown option '--x'",
      hint: 'Add --help to see how the command is used.',
    })
  })

  it('has the suggestion as its hint where there is one', () => {
    expect(usage('commander.unknownCommand', "error: unknown command 'lst'\n(Did you mean list?)")).toMatchObject({
      message: "unknown command 'lst'",
      hint: 'Did you mean list?',
    })
  })

  it('is a command that is missing where the help is shown unasked', () => {
    expect(usage('commander.help', '(outputHelp)')).toEqual({ code: 'CLI_USAGE', message: 'a command is missing' })
  })

  it('is none where help or the version was asked for', () => {
    expect(usage('commander.helpDisplayed', '(outputHelp)', 0)).toBeUndefined()
    expect(usage('commander.version', '1.0.0', 0)).toBeUndefined()
  })
})

describe('a problem of a deliberate error', () => {
  it('is its code, its message and its hint', () => {
    expect(problemOf(new AppError('NOTES_LOCKED', 409, 'It is locked', 'Unlock it'))).toEqual({
      code: 'NOTES_LOCKED',
      message: 'It is locked',
      hint: 'Unlock it',
      more: [],
    })
  })

  it('has all faults of an input', () => {
    const faults = combineErrors([new AppError('A', 400, 'first'), new AppError('B', 400, 'second')])
    expect(problemOf(faults)).toMatchObject({ code: 'A', message: 'first', more: ['second'] })
  })
})

describe('a problem that nobody foresaw', () => {
  it('says how to find the place, and has no stack', () => {
    const problem = problemOf(new TypeError('x is not a function'))
    expect(problem).toMatchObject({ code: 'INTERNAL', message: 'x is not a function' })
    expect(problem?.hint).toContain('LOG_LEVEL=debug')
    expect(JSON.stringify(problem)).not.toMatch(/\bat .*\.ts/)
  })

  it('may be anything that was thrown', () => {
    expect(problemOf('kaputt')?.message).toBe('kaputt')
  })
})

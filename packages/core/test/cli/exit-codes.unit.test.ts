import { describe, expect, it } from '@jest/globals'
import { CommanderError } from 'commander'
import { exitCodeOf } from '../../src/cli/exit-codes.js'
import { AppError } from '../../src/kernel/errors.js'

const codeOf = (status: number): number => exitCodeOf(new AppError('SOME_CODE', status, 'Something'))

describe('the exit code of an error', () => {
  it.each([
    [400, 2, 'what was given is malformed'],
    [404, 3, 'something that was named is not there'],
    [412, 3, 'something must be there first'],
    [503, 3, 'the database is away'],
    [409, 4, 'it exists already, or something is in the way'],
    [401, 1, 'anything else'],
    [500, 1, 'it failed'],
  ])('of status %i is %i: %s', (status, code) => {
    expect(codeOf(status)).toBe(code)
  })

  it('is 1 for what nobody foresaw, and never 0', () => {
    expect(exitCodeOf(new Error('kaputt'))).toBe(1)
    expect(exitCodeOf('kaputt')).toBe(1)
    expect(exitCodeOf(undefined)).toBe(1)
  })

  it('is 2 for a command that is not written as its help says', () => {
    expect(exitCodeOf(new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"))).toBe(2)
  })

  it('is 0 for help that was asked for', () => {
    expect(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'))).toBe(0)
  })
})

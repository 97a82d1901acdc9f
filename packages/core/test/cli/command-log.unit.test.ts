import { describe, expect, it } from '@jest/globals'
import { withoutStacks } from '../../src/cli/command-log.js'
import { silentLogger, type Logger } from '../../src/kernel/logger.js'

function recordLog(): { readonly log: Logger; readonly lines: unknown[][] } {
  const lines: unknown[][] = []
  const note = (...line: unknown[]): void => void lines.push(line)
  const log: Logger = { ...silentLogger, error: note, warn: note, child: () => log }
  return { log, lines }
}

describe('the log of a command', () => {
  it('has the reason of an error instead of its stack', () => {
    const { log, lines } = recordLog()
    withoutStacks(log).error({ err: new Error('kaputt'), plugin: 'notes' }, 'It failed')
    expect(lines).toEqual([[{ plugin: 'notes', reason: 'kaputt' }, 'It failed']])
  })

  it('has it also where a plugin logs', () => {
    const { log, lines } = recordLog()
    withoutStacks(log).child({ plugin: 'notes' }).warn({ err: 'kaputt' }, 'It failed')
    expect(lines).toEqual([[{ reason: 'kaputt' }, 'It failed']])
  })

  it('leaves everything else as it is', () => {
    const { log, lines } = recordLog()
    withoutStacks(log).warn('A sentence')
    withoutStacks(log).warn({ count: 1 }, 'A sentence')
    expect(lines).toEqual([['A sentence'], [{ count: 1 }, 'A sentence']])
  })
})

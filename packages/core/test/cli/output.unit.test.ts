import { describe, expect, it } from '@jest/globals'
import { print, printProblem, table } from '../../src/cli/output.js'
import { recordOutput } from './recorded-output.js'

const result = { json: { users: [] }, text: 'Nobody.' }

describe('an answer', () => {
  it('is text for a person', () => {
    const output = recordOutput()
    print(result, false, output)
    expect(output.printed).toEqual({ out: 'Nobody.\n', err: '' })
  })

  it('is one JSON document for a machine', () => {
    const output = recordOutput()
    print(result, true, output)
    expect(output.printed).toEqual({ out: '{"users":[]}\n', err: '' })
  })
})

describe('a problem', () => {
  const problem = { code: 'NOTES_LOCKED', message: 'It is\nlocked', hint: 'Unlock it' }

  it('is one line that says what, and one that says what to do', () => {
    const output = recordOutput()
    printProblem(problem, false, output)
    expect(output.printed).toEqual({ out: '', err: 'postern: It is locked\nUnlock it\n' })
  })

  it('is with --json a document on stdout too', () => {
    const output = recordOutput()
    printProblem(problem, true, output)
    expect(JSON.parse(output.printed.out)).toEqual({ error: problem })
    expect(output.printed.err).toBe('postern: It is locked\nUnlock it\n')
  })

  it('has no second line without a hint', () => {
    const output = recordOutput()
    printProblem({ code: 'A', message: 'first', more: ['second'] }, true, output)
    expect(output.printed.err).toBe('postern: first\npostern: second\n')
    expect(JSON.parse(output.printed.out)).toEqual({ error: { code: 'A', message: 'first' } })
  })
})

describe('a table', () => {
  it('has columns as wide as their longest cell, and a dash for what is not there', () => {
    const rows = [
      ['api-keys', '1.0.0', null],
      ['x', undefined, { a: 1 }],
    ]
    expect(table(['name', 'version', 'error'], rows).split('\n')).toEqual([
      'name      version  error',
      'api-keys  1.0.0    –',
      'x         –        {"a":1}',
    ])
  })

  it('leaves the terminal alone, whatever the cells say', () => {
    expect(table(['title'], [['a\u001b[2Jb\u009b'], ['line\nbreak']])).toBe('title\na\\u001b[2Jb\\u009b\nline break')
  })
})

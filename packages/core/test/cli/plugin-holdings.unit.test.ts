import { describe, expect, it } from '@jest/globals'
import { sortHoldings } from '../../src/cli/plugin-holdings.js'

describe('what a plugin holds', () => {
  it('is sorted by kind; what is none of them is left out', () => {
    const labels = [
      'collection notes',
      'action notes:sweep',
      'action notes:archive',
      'action users.notes:list',
      'strategy shared-secret',
      'hook notes:create',
      'event notes:create',
      'router',
      'middleware',
      'job 10m',
      'command notes archive',
      'grant member notes',
      'onDispose',
    ]
    expect(sortHoldings(labels)).toEqual({
      collections: ['notes'],
      resources: ['notes', 'users.notes'],
      actions: ['notes:sweep', 'notes:archive', 'users.notes:list'],
      strategies: ['shared-secret'],
      hooks: ['notes:create'],
      events: ['notes:create'],
      routes: ['router', 'middleware'],
      jobs: ['10m'],
      commands: ['notes archive'],
    })
  })

  it('is nothing of a plugin that is off', () => {
    expect(Object.values(sortHoldings([])).flat()).toEqual([])
  })
})

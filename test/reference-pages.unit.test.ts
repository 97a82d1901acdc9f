import { describe, expect, it } from '@jest/globals'
import { operators } from '../packages/core/src/database/filter/operators.js'
import { fieldKinds } from '../packages/core/src/schema/f.js'
import { readPage } from './markdown-blocks.js'

const namesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)

describe('docs/filters.md', () => {
  it('has every operator, and no other', () => {
    const [, table = ''] = readPage('docs/filters.md').split('\n## Operators\n')
    const rows = [...table.matchAll(/^\| ((?:`\$\w+` ?)+) *\|/gm)]
    const documented = rows.flatMap(([, cell = '']) => namesIn(cell))
    expect(documented.sort()).toEqual([...operators.keys()].sort())
  })
})

describe('docs/collections.md', () => {
  it('has every type of field with its options, and no other', () => {
    const [, table = ''] = readPage('docs/collections.md').split('\n## Types of fields\n')
    const rows = [...(table.split('\nEvery type')[0] ?? '').matchAll(/^\| `(\w+)` +\|.+\|(.+)\|$/gm)]
    const documented = rows.map(([, name = '', options = '']) => [name, namesIn(options)])
    const kinds = [...fieldKinds].map(([name, { accepts }]) => [name, [...accepts]])
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(kinds))
  })
})

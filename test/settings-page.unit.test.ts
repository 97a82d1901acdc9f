import { describe, expect, it } from '@jest/globals'
import { parseConfig, settingNames } from '../packages/core/src/app/config.js'
import { readPage } from './markdown-blocks.js'

/** As the page writes it: `–` for none, lists with commas, the storage below the folder of the server. */
const written = (value: unknown): string => {
  const text = Array.isArray(value) ? value.join(',') : typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && text !== '' ? text.replace(/^\/storage$/, 'storage') : '–'
}

describe('docs/operations.md', () => {
  it('has every setting with its standard value, and no other', () => {
    const rows = [...readPage('docs/operations.md').matchAll(/^\| `([A-Z_]+)` +\| (\S+) +\|/gm)]
    const documented = rows.map(([, name = '', standard = '']) => [name, standard.replaceAll('`', '')])
    const standards: Readonly<Record<string, unknown>> = { ...parseConfig({}, '/') }
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(settingNames.map((name) => [name, written(standards[name])])),
    )
  })
})

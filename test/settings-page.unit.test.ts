import { describe, expect, it } from '@jest/globals'
import { parseConfig, settingNames } from '../packages/core/src/app/config.js'
import { readPage } from './markdown-blocks.js'

/** As the page writes it: `–` for none, lists with commas. */
function standardOf(name: string): string {
  const config: Readonly<Record<string, unknown>> = { ...parseConfig({}, '/') }
  const value = config[name]
  const text = Array.isArray(value) ? value.join(',') : value === undefined ? '' : String(value)
  const plain = name === 'STORAGE_DIR' ? text.replace(/^\//, '') : text
  return plain === '' ? '–' : plain
}

describe('docs/operations.md', () => {
  it('has every setting with its standard value, and no other', () => {
    const rows = [...readPage('docs/operations.md').matchAll(/^\| `([A-Z_]+)` +\| (\S+) +\|/gm)]
    const documented = Object.fromEntries(
      rows.map(([, name = '', standard = '']) => [name, standard.replaceAll('`', '')]),
    )
    expect(documented).toEqual(Object.fromEntries(settingNames.map((name) => [name, standardOf(name)])))
  })
})

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { silentLogger } from '@postern/core'
import { resolveAppKeys } from '../../src/app/app-key.js'
import { parseConfig } from '../../src/app/config.js'

let storage: string
beforeEach(async () => {
  storage = await mkdtemp(join(tmpdir(), 'postern-key-'))
})
afterEach(() => rm(storage, { recursive: true, force: true }))

const good = 'lT0u8yQ2mZr5vWc7XbNf3KdHs6JgPa9E'
const resolve = (settings: Readonly<Record<string, string>>, log = silentLogger) =>
  resolveAppKeys(parseConfig({ STORAGE_DIR: storage, ...settings }), log)
const production = (key?: string) => resolve({ NODE_ENV: 'production', ...(key === undefined ? {} : { APP_KEY: key }) })

describe('in production', () => {
  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['one character short', good.slice(1)],
    ['one character, again and again', 'a'.repeat(40)],
    ['few characters', 'abababcdcdcdabababcdcdcdabababcd'],
    ['a word, again and again', 'Correct7Horse-Correct7Horse-Correct7Horse-'],
    ['a sequence', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ['the keyboard', 'qwertyuiopasdfghjklzxcvbnm1234567890'],
    ['a placeholder', 'change-me-change-me-please-change-me!'],
    ['a placeholder', 'your-secret-key-goes-here-0x7f3a9b21'],
    ['one of the tests of this repository', 'Wq3vT9zLr5YkXc8HnJd2FbMa7PsGe4Ux'],
  ])('412 a key that is %s is refused, with how to make one', async (_what, key) => {
    await expect(production(key)).rejects.toMatchObject({
      code: 'APP_KEY_REFUSED',
      status: 412,
      message: expect.stringMatching(/^APP_KEY /),
      hint: expect.stringContaining('randomBytes'),
    })
    expect(await readdir(storage)).toEqual([])
  })

  it('a strong key is taken as it is', async () => {
    expect(await production(good)).toEqual([good])
  })

  it('several are taken in their order, with blanks between them', async () => {
    const older = good.split('').reverse().join('')
    expect(await production(`${good}, ${older}`)).toEqual([good, older])
  })

  it('412 one of several that is weak, and which', async () => {
    await expect(production(`${good},short`)).rejects.toMatchObject({
      code: 'APP_KEY_REFUSED',
      message: expect.stringContaining('(number 2 of 2)'),
    })
  })

  it('what the hint makes is never refused', async () => {
    const { randomBytes } = await import('node:crypto')
    for (let round = 0; round < 500; round++) await production(randomBytes(32).toString('base64url'))
  })

  it('412 every key that stands in the documentation is refused', async () => {
    const root = new URL('../../../../', import.meta.url)
    const pages = [
      'README.md',
      'docs',
      'examples',
      'packages/testkit/src',
      'packages/core/test/nodes',
      'packages/core/test/cli',
    ]
    for (const key of await keysIn(root, pages)) await expect(production(key)).rejects.toThrow('APP_KEY')
  })
})

async function keysIn(root: URL, places: readonly string[]): Promise<string[]> {
  const keys = new Set<string>()
  for (const place of places) {
    const found = await stat(new URL(place, root)).catch(() => undefined)
    const files = found?.isDirectory() === true ? await readdir(new URL(place, root), { recursive: true }) : ['']
    for (const file of files) {
      const text = await readFile(new URL(file === '' ? place : `${place}/${file}`, root), 'utf8').catch(() => '')
      for (const [, key] of text.matchAll(/APP_KEY['"]?\s*[:=]\s*['"]?([\w./+=-]{32,})/g))
        if (key !== undefined) keys.add(key)
    }
  }
  return [...keys]
}

describe('in development', () => {
  it('a key is made once, kept for the owner alone, and used from then on', async () => {
    const [key] = await resolve({})
    expect(key).toMatch(/^[\w-]{43}$/)
    expect(await resolve({})).toEqual([key])
    expect((await stat(join(storage, 'app.key'))).mode & 0o777).toBe(0o600)
    expect(await readdir(storage)).toEqual(['app.key'])
  })

  it('processes that start together agree on one', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, async () => (await resolve({}))[0]))
    expect(new Set(keys).size).toBe(1)
    expect(await readdir(storage)).toEqual(['app.key'])
  })

  it('412 a file that was left empty is never taken for a key', async () => {
    await writeFile(join(storage, 'app.key'), '')
    await expect(resolve({})).rejects.toMatchObject({
      code: 'APP_KEY_STORAGE',
      message: expect.stringContaining('app.key'),
    })
  })

  it('412 a storage that cannot be written is said to be so', async () => {
    const file = join(storage, 'file')
    await writeFile(file, '')
    await expect(resolve({ STORAGE_DIR: file })).rejects.toMatchObject({ code: 'APP_KEY_STORAGE' })
  })

  it('a weak key is taken, with a warning that does not repeat it', async () => {
    const warnings: string[] = []
    const log = { ...silentLogger, warn: (first: unknown) => void warnings.push(JSON.stringify(first)) }
    expect(await resolve({ APP_KEY: 'weak' }, log)).toEqual(['weak'])
    expect(warnings).toEqual([expect.stringContaining('in production it would be refused')])
  })
})

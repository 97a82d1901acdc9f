import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { repository } from './markdown-blocks.js'

interface ChangedTests {
  readonly testsOfRoom: Readonly<Record<string, readonly string[]>>
  readonly testsReachedBy: (changed: readonly string[]) => string[]
}
const { testsOfRoom, testsReachedBy }: ChangedTests = await import(join(repository, 'scripts/lib/changed-tests.mjs'))

const files = ['packages', 'examples', 'test'].flatMap((folder) =>
  readdirSync(join(repository, folder), { recursive: true })
    .map((name) => `${folder}/${String(name)}`)
    .filter((file) => file.endsWith('.test.ts') && !/\/(node_modules|dist)\//.test(file)),
)
const isQuick = (file: string): boolean => !/[.](process|page|generators)[.]test[.]ts$/.test(file)

/** A test file and what it imports of ours, as one text. */
function textOf(file: string, seen = new Set<string>()): string {
  if (seen.has(file) || !existsSync(join(repository, file))) return ''
  seen.add(file)
  const text = readFileSync(join(repository, file), 'utf8')
  const imports = [...text.matchAll(/from '(\.[^']+)\.js'/g)].map(([, name = '']) =>
    relative(repository, join(repository, dirname(file), `${name}.ts`)),
  )
  return [text, ...imports.filter((name) => !name.includes('/src/')).map((name) => textOf(name, seen))].join('\n')
}

/** A wait of a tenth of a second or more, whatever comes of it; a signal to a process; a statement that sleeps and is run. */
const waits =
  /(?:setTimeout\([^\n]*?, |\bpause\(|\bwait\(|\bdelay\()(\d[\d_]{2,})\)|\.kill\('?SIG|process\.kill\(|\bSIGSTOP\b/

/** What looks like it and is none, with the reason. */
const exceptions: Readonly<Record<string, string>> = {
  'packages/core/test/cli/contributed-commands.test.ts':
    'the plugin under test does so in a timer that ends the command',
  'packages/testkit/test/expect-clean-disable.test.ts': 'timers that are left behind on purpose, and cleared',
  'packages/core/test/database-unit/sight.test.ts': 'a statement that would sleep and is cancelled at once',
  'test/tiers.unit.test.ts': 'the pattern itself',
}

describe('npm test', () => {
  it('neither sleeps nor kills', () => {
    const found = files.filter((file) => isQuick(file) && !(file in exceptions) && waits.test(textOf(file)))
    expect(found).toEqual([])
  })

  it('starts neither a server nor a command in a process of its own', () => {
    const starts = /RunningServer\.start|startNode\(|runCommand\(|\.spawn\(\[/
    expect(files.filter((file) => isQuick(file) && starts.test(readFileSync(join(repository, file), 'utf8')))).toEqual(
      [],
    )
  })
})

describe('npm run test:changed', () => {
  it('knows the tests of every room', () => {
    const rooms = readdirSync(join(repository, 'packages/core/src'), { withFileTypes: true }).filter((one) =>
      one.isDirectory(),
    )
    expect(Object.keys(testsOfRoom).sort()).toEqual(rooms.map(({ name }) => name).sort())
    const missing = Object.values(testsOfRoom)
      .flat()
      .filter((name) => !existsSync(join(repository, 'packages/core/test', name)))
    expect(missing).toEqual([])
  })

  it('runs what imports the change, at whatever distance, and the tests of its room', () => {
    const reached = testsReachedBy(['packages/core/src/schema/fields/string.ts'])
    expect(reached).toContain('packages/core/test/schema/texts.unit.test.ts')
    // By f.ts, which imports every type of field.
    expect(reached).toContain('packages/core/test/query/filters-operators.test.ts')
    expect(reached).not.toContain('packages/plugin-api-keys/test/rotate.test.ts')
  })

  it('runs the tests of a package for a change in it, and of what is only read nothing', () => {
    const reached = testsReachedBy(['packages/plugin-api-keys/src/index.ts'])
    expect(reached).toContain('packages/plugin-api-keys/test/rotate.test.ts')
    expect(reached.some((file) => file.startsWith('packages/core/'))).toBe(false)
    expect(testsReachedBy(['CHANGELOG.md'])).toEqual([])
  })
})

// How the parts of a run of all tests know of each other: each leaves its numbers where whoever sums them up looks.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

const folder = join(root, 'node_modules', '.postern', 'test-results')
const fileOf = (part) => join(folder, `${part}.json`)

/** Called in jest, which scripts/test.mjs tells what part it is. */
export function keepResults(results) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileOf(process.env.POSTERN_TEST_PART || 'some'), JSON.stringify(results))
}

export function forgetResults(part) {
  rmSync(fileOf(part), { force: true })
}

/** A part that left no numbers broke off: that is a failure. */
export function resultsOf(part) {
  const file = fileOf(part)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 1, skipped: 0, notice: [] }
}

/** `N passed, N failed, N skipped`, for several parts together. */
export function closingLine(parts) {
  const sum = (name) => parts.map(resultsOf).reduce((total, results) => total + results[name], 0)
  return `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`
}

/** Whether nothing failed in any of the parts. */
export const isGood = (parts) => parts.every((part) => resultsOf(part).failed === 0)

/** Keeps which files took longest, for the order of the next run on a fresh machine. */
export function recordLongest(parts) {
  const files = parts.flatMap((part) => resultsOf(part).files ?? []).filter(({ clock }) => clock >= 4)
  const sorted = files.toSorted((a, b) => b.clock - a.clock)
  const seconds = Object.fromEntries(sorted.map(({ tier, file, clock }) => [`${tier} ${file}`, Math.round(clock)]))
  writeFileSync(join(root, 'scripts', 'jest', 'longest-files.json'), `${JSON.stringify(seconds, undefined, 2)}\n`)
}

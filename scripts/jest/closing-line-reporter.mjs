import { relative } from 'node:path'
import { keepResults } from '../lib/test-results.mjs'
import { box, timeTable } from '../lib/test-tables.mjs'

/**
 * Seconds of CPU time that a file of a tier may cost, a worker's first loading of the packages and the processes that it
 * starts included: about three times what the longest takes. What needs more belongs into another tier, or is mended.
 */
const allowances = { unit: 10, embedded: 20, postgresql: 30, process: 400, page: 400, property: 240 }

/** On the real server, too, a file is what the end of its name says. */
function allowanceOf({ tier, file }) {
  const [, end] = /[.](process|page)[.]test[.]ts$/.exec(file) ?? []
  return allowances[end ?? tier] ?? allowances.page
}

/**
 * Ends a run with what was slow and with `N passed, N failed, N skipped` alone on a line, which CI reads, after naming all
 * that was skipped. The option `notice` is what else nobody may overlook: it is shown in a box, at the start and at the end.
 */
export default class ClosingLineReporter {
  #onlySome
  #isCounting
  #notice
  #tooSlow = []

  constructor(globalConfig, options) {
    this.#onlySome = Boolean(globalConfig.testNamePattern) // with -t everything else is skipped on purpose
    this.#isCounting = globalConfig.collectCoverage // which costs a multiple
    this.#notice = options?.notice === undefined ? [] : box(options.notice)
  }

  onRunStart() {
    if (this.#notice.length > 0) console.error(this.#notice.join('\n'))
  }

  onRunComplete(_contexts, results) {
    if (process.env.POSTERN_TEST_PART === 'list') return listTests(results)
    const files = results.testResults.filter(({ skipped }) => !skipped).map(costOf)
    this.#tooSlow = this.#isCounting ? [] : files.filter((one) => one.cpu > allowanceOf(one))
    // A file that could not be loaded ran no test of its own; it is a failure all the same, and so is one that is too slow.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + this.#tooSlow.length
    const skipped = results.numPendingTests + results.numTodoTests
    const closing = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`
    const lines = [
      ...timeTable(files),
      ...(this.#onlySome ? [] : skippedTests(results)),
      ...this.#tooSlow.map(
        (one) => `TOO SLOW: ${one.file} took ${one.cpu.toFixed(1)} s of CPU, and ${allowanceOf(one)} s are allowed`,
      ),
    ]
    keepResults({ passed: results.numPassedTests, failed, skipped, notice: this.#notice, files })
    // jest's own summary comes after every reporter; at exit this is the last line all the same.
    process.once('exit', () => console.log(['', ...this.#notice, ...lines, closing].join('\n')))
  }

  getLastError() {
    if (this.#tooSlow.length > 0) return new Error(`${this.#tooSlow.length} files are too slow for their tier`)
  }
}

/** Every test with its tier, its file and its name, none of which has run. */
function listTests({ testResults }) {
  const lines = testResults.flatMap(({ displayName, testFilePath, testResults: tests }) =>
    tests.map(({ fullName }) =>
      [displayName.name, relative(process.cwd(), testFilePath), fullName.replaceAll('\n', '\\n')].join('\t'),
    ),
  )
  process.stdout.write(`${lines.sort().join('\n')}\n`)
}

/** Seconds. */
const costOf = ({ testFilePath, displayName, cpuTime = 0, perfStats }) => ({
  file: relative(process.cwd(), testFilePath),
  tier: displayName?.name ?? 'unit',
  cpu: cpuTime / 1000,
  clock: (perfStats.end - perfStats.start) / 1000,
})

function skippedTests(results) {
  return results.testResults.flatMap((suite) => {
    const skipped = suite.testResults.filter((test) => test.status === 'pending' || test.status === 'todo')
    const file = relative(process.cwd(), suite.testFilePath)
    if (suite.skipped || (skipped.length > 0 && skipped.length === suite.testResults.length)) {
      return [`SKIPPED, THE WHOLE FILE: ${file}`]
    }
    return skipped.map((test) => `SKIPPED: ${file} › ${test.fullName}`)
  })
}

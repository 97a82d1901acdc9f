import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * Ends a run with `N passed, N failed, N skipped` alone on a line, which CI reads, after naming all that was skipped.
 * The option `notice` is what else nobody may overlook: it is shown in a box, at the start and at the end.
 */
export default class ClosingLineReporter {
  #onlySome
  #notice

  constructor(globalConfig, options) {
    this.#onlySome = Boolean(globalConfig.testNamePattern) // with -t everything else is skipped on purpose
    this.#notice = options?.notice === undefined ? [] : box(options.notice)
  }

  onRunStart() {
    if (this.#notice.length > 0) console.error(this.#notice.join('\n'))
  }

  onRunComplete(_contexts, results) {
    // A file that could not be loaded ran no test of its own; it is a failure all the same.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    const skipped = results.numPendingTests + results.numTodoTests
    const lines = this.#onlySome ? [] : skippedTests(results)
    const closing = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`
    keepFailures(results)
    // jest's own summary comes after every reporter; at exit this is the last line all the same.
    process.once('exit', () => console.log(['', ...this.#notice, ...lines, closing].join('\n')))
  }
}

/** The files that failed, one a line, for `.ci/run`. */
function keepFailures({ testResults }) {
  const files = testResults.filter((suite) => suite.numFailingTests > 0 || suite.testExecError || suite.failureMessage)
  const folder = join('node_modules', '.postern')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'failed-tests'),
    files.map((suite) => `${relative(process.cwd(), suite.testFilePath)}\n`).join(''),
  )
}

function box(text) {
  const words = text.split(' ')
  const lines = ['']
  for (const word of words) {
    const line = lines.at(-1)
    if (line !== '' && line.length + word.length > 90) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  const width = Math.max(...lines.map((line) => line.length))
  const rule = '═'.repeat(width + 2)
  return [`╔${rule}╗`, ...lines.map((line) => `║ ${line.padEnd(width)} ║`), `╚${rule}╝`]
}

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

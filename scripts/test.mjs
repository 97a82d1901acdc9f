// The tests: sets the checkout up, checks the types (the tests' own included: type tests are part of them), runs jest.
//
//   npm test                  how everything behaves, in minutes; jest's options and files may follow (then of all tiers)
//   npm run test:rest         what takes longer: the real server, processes, pages, long properties
//   npm run test:all          both, one after the other
//   npm run test:changed      what the changes since the last commit, or since a revision that follows, can reach
//   npm run test:list         every test, with its tier and its file; none is run
//   npm run test:repeat -- <file> --times 20
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repeat } from './lib/repeat-tests.mjs'
import { root, runTool, setUp } from './lib/setup.mjs'
import { closingLine, forgetResults, isGood, recordLongest, resultsOf } from './lib/test-results.mjs'

const tiers = { quick: ['unit', 'embedded'], rest: ['process', 'page', 'property', 'postgresql'] }
const tool = (...path) => join(root, 'node_modules', ...path)
// Options of node, not NODE_OPTIONS: jest passes them to its workers, and the servers that tests start stay without.
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', tool('jest', 'bin', 'jest.js')]

/** @returns the exit code of jest */
function run(part, args) {
  forgetResults(part)
  process.env.POSTERN_TEST_PART = part
  return runTool([...jest, ...args])
}

const select = (part) => ['--selectProjects', ...tiers[part]]
/** Whoever names files wants them, whatever tier they are of. A value of an option is not taken for one: it names none. */
const isChosen = (args) =>
  args.includes('--selectProjects') || args.some((arg) => existsSync(join(root, arg)) || arg.includes('/'))

/** Of the last run of each part. @returns an exit code */
function total() {
  for (const line of resultsOf('rest').notice) console.log(line)
  console.log(closingLine(['quick', 'rest']))
  return isGood(['quick', 'rest']) ? 0 : 1
}

function everything() {
  forgetResults('rest')
  const codes = [run('quick', select('quick')), run('rest', select('rest'))]
  if (process.env.RECORD) recordLongest(['quick', 'rest'])
  console.log('\nBoth parts together')
  return Math.max(...codes, total())
}

async function changed([since = 'HEAD']) {
  // It needs the compiler, which is there only after the set-up.
  const { changedTests } = await import('./lib/changed-tests.mjs')
  const { files, reason } = changedTests(since)
  console.log(reason)
  return files.length === 0 ? 0 : run('changed', [...select('quick'), '--runTestsByPath', ...files])
}

const modes = {
  '--all': everything,
  '--rest': (args) => run('rest', [...select('rest'), ...args]),
  '--changed': changed,
  // A pattern that no name has.
  '--list': () => run('list', ['--silent', '--testNamePattern', '(?!)']),
  '--repeat': (args) => repeat(args, (file) => run('repeat', [file])),
}

const [mode = '', ...rest] = process.argv.slice(2)
if (mode === '--total') process.exit(total())
setUp()
if (runTool([tool('typescript', 'bin', 'tsc'), '-b']) !== 0) {
  console.error('The types do not fit; no test was run.')
  process.exit(1)
}
if (mode in modes) process.exitCode = await modes[mode](rest)
else {
  const args = process.argv.slice(2)
  process.exitCode = isChosen(args) ? run('some', args) : run('quick', [...args, ...select('quick')])
}

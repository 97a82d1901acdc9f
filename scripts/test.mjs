// `npm test`: sets the checkout up, checks the types (the tests' own included: type tests are part of them), runs jest.
import { join } from 'node:path'
import { root, runTool, setUp } from './lib/setup.mjs'

setUp()
const tool = (...path) => join(root, 'node_modules', ...path)
if (runTool([tool('typescript', 'bin', 'tsc'), '-b']) !== 0) {
  console.error('The types do not fit; no test was run.')
  process.exit(1)
}
// Options of node, not NODE_OPTIONS: jest passes them to its workers, and the servers that tests start stay without.
const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
process.exitCode = runTool([...node, tool('jest', 'bin', 'jest.js'), ...process.argv.slice(2)])

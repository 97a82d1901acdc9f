// The order of the files: what took longest comes first, so that two workers end together. jest itself knows that of its
// last run on the same machine; of the first run on a fresh one it is told here.
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sequencer from '@jest/test-sequencer'
import { root } from '../lib/setup.mjs'

/** Seconds, by tier and file: written by `npm run test:all` with `RECORD=1`. */
const file = fileURLToPath(new URL('longest-files.json', import.meta.url))
const seconds = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
/** Milliseconds, of what is not among the longest. */
const usual = 1000

export default class LongestFirst extends Sequencer {
  time(test) {
    const own = `${test.context.config.displayName?.name} ${relative(root, test.path)}`
    return super.time(test) ?? (own in seconds ? seconds[own] * 1000 : usual)
  }
}

import { parseArgs } from 'node:util'

/**
 * Runs one file of tests again and again, to find out whether it passes each time.
 * @param runFile gives the exit code of a run
 * @returns the exit code: 1 when one of the runs failed
 */
export function repeat(args, runFile) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { times: { type: 'string' } } })
  const times = Number(values.times ?? 20)
  const [file] = positionals
  if (file === undefined || positionals.length > 1 || !Number.isInteger(times) || times < 1) {
    console.error('Which file, and how often? npm run test:repeat -- packages/core/test/http/cors.test.ts --times 20')
    return 2
  }
  const failures = []
  for (let round = 1; round <= times; round++) if (runFile(file) !== 0) failures.push(round)
  const verdict = failures.length === 0 ? 'passed each time' : `FAILED in rounds ${failures.join(', ')}`
  console.log(`\n${file} ran ${times} times and ${verdict}.`)
  return failures.length === 0 ? 0 : 1
}

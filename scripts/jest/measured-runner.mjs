// jest's own runner of a test file, which also says what the file has cost: CPU time, because the machines are shared, and
// how long a file takes by the clock says as much of the neighbours as of the file.
import { readFileSync } from 'node:fs'
import circus from 'jest-circus/runner'

/** Of this process, and of those that it has started and that have ended. Milliseconds. */
function cpuTime() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000 + childrenTime()
}

/** Fields 16 and 17 of proc_pid_stat(5), in ticks of 10 ms; only Linux tells. */
function childrenTime() {
  if (process.platform !== 'linux') return 0
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ')
  return (Number(fields[13]) + Number(fields[14])) * 10
}

export default async function measuredRunner(...args) {
  const before = cpuTime()
  const result = await circus.default(...args)
  return { ...result, cpuTime: cpuTime() - before }
}

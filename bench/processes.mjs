// Starts the processes of a run, each on its core, and stops what it started by its id, whatever happens.
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

const started = new Set()
/** Milliseconds that a process has to end by itself. */
const patience = 3000

/** The cores that this process may use, e.g. `0-3,6`; one entry where that cannot be told. */
function allowedCores() {
  try {
    const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
    return list.split(',').flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
  } catch {
    return []
  }
}

/** Which core the servers get and which the load: the first and the last, which share nothing but the memory. */
function choosePinning() {
  const cores = allowedCores()
  if (spawnSync('taskset', ['--version']).status !== 0) return { note: 'not pinned to cores: there is no taskset' }
  if (cores.length < 2) return { note: 'not pinned to cores: there is only one' }
  const [server, load] = [cores[0], cores.at(-1)]
  return { server, load, note: `servers on core ${server}, load on core ${load}, PostgreSQL on any` }
}

export const pinning = choosePinning()

/**
 * Starts a module of Node with a channel to it, pinned where that is possible.
 *
 * @param role `server` or `load`: which core
 */
export function start(file, { role, args = [], env = {}, execArgv = [] }) {
  const core = pinning[role]
  const launcher = core === undefined ? {} : { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath] }
  const child = fork(file, args, {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    ...launcher,
    execArgv: [...(launcher.execArgv ?? []), ...execArgv],
  })
  return keep(child)
}

/** Counts a process among those that are stopped in the end. */
export function keep(child) {
  started.add(child)
  child.once('exit', () => started.delete(child))
  return child
}

/** The next message of a process. @throws when it ends instead */
export function answerOf(child) {
  return new Promise((resolve, reject) => {
    const onMessage = (message) => {
      child.off('exit', onExit)
      if (message?.error === undefined) resolve(message)
      else reject(new Error(message.error))
    }
    const onExit = (code, signal) => {
      child.off('message', onMessage)
      reject(new Error(`${child.spawnargs.at(-1)} ended before it answered (${signal ?? code})`))
    }
    child.once('message', onMessage)
    child.once('exit', onExit)
  })
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), patience)
  await ended
  clearTimeout(timer)
}

export const stopAll = () => Promise.all([...started].map(stop))

/** Runs the work; what was opened is closed afterwards, also after a failure or Ctrl-C. */
export async function withCleanup(work, cleanup) {
  let cleaned
  const cleanOnce = () => (cleaned ??= stopAll().then(cleanup))
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void cleanOnce().finally(() => process.exit(130)))
  }
  try {
    return await work()
  } finally {
    await cleanOnce()
  }
}

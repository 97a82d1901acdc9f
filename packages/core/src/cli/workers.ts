import cluster from 'node:cluster'
import type { Logger } from '../kernel/logger.js'

/** Milliseconds. A worker that dies sooner after its start is not replaced at once, lest it die in a circle. */
const shortLife = 2000
const pause = 1000

export const isWorker = (): boolean => cluster.isWorker

/** Also true where there are no workers at all. */
export const isFirstWorker = (): boolean => !cluster.isWorker || cluster.worker?.id === 1

/**
 * Runs worker processes on one port, each a node of its own, and replaces one that dies.
 *
 * @returns when all have stopped: whether each of them finished its requests
 */
export function runWorkers(count: number, log: Logger): Promise<boolean> {
  return new Promise((resolve) => {
    let stopping = false
    let allFinished = true
    const fork = (): void => {
      const started = performance.now()
      const worker = cluster.fork()
      worker.once('exit', (code, signal) => {
        if (stopping) {
          // One that was still starting knows no order yet: the signal itself ended it.
          allFinished &&= code === 0 || signal === 'SIGTERM'
          if (Object.keys(cluster.workers ?? {}).length === 0) resolve(allFinished)
          return
        }
        log.error({ worker: worker.process.pid, code, signal }, 'A worker died; another takes its place')
        setTimeout(fork, performance.now() - started < shortLife ? pause : 0)
      })
    }
    const stop = (): void => {
      stopping = true
      const workers = Object.values(cluster.workers ?? {})
      if (workers.length === 0) resolve(allFinished)
      for (const worker of workers) worker?.process.kill('SIGTERM')
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    for (let index = 0; index < count; index++) fork()
  })
}

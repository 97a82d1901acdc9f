import { exitCode } from './exit-codes.js'

/** Resolves at the first SIGTERM or Ctrl-C. A second Ctrl-C ends the process at once. */
export function whenAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false
    process.on('SIGINT', () => {
      if (isAsked) process.exit(exitCode.interrupted)
      isAsked = true
      resolve()
    })
    process.on('SIGTERM', () => {
      // A supervisor may repeat it; only a person at a terminal means "now".
      isAsked = true
      resolve()
    })
  })
}

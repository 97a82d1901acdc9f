import { main } from './cli.js'
import { onOneLine, processOutput } from './output.js'

function once<T>(act: (value: T) => void): (value: T) => void {
  let isDone = false
  return (value) => {
    if (!isDone) act(value)
    isDone = true
  }
}

/** Milliseconds that what is still open gets to end by itself, such as the last lines of the log. */
const patience = 500

// A reader that closes the pipe early (`postern user list | head -1`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await main(process.argv.slice(2), processOutput)

// What a plugin left running, such as a bare timer, neither holds the process up nor changes what the command said.
const tellOnce = once((error: unknown) =>
  processOutput.err(`postern: after the command was done: ${onOneLine(String(error))}\n`),
)
process.on('uncaughtException', tellOnce)
setTimeout(() => process.exit(), patience).unref()

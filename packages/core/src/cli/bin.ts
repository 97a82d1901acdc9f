import { main } from './cli.js'
import { processOutput } from './output.js'

// A reader that closes the pipe early (`postern user list | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const code = await main(process.argv.slice(2), processOutput)
process.exitCode = code

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

let keeper: ChildProcess | undefined

const textIn = (message: unknown, name: string): string | undefined => {
  if (typeof message !== 'object' || message === null) return undefined
  const value: unknown = Reflect.get(message, name)
  return typeof value === 'string' ? value : undefined
}

/** Starts the embedded PostgreSQL of a run. @returns its URL @throws Error with the reason when it does not start */
export async function startKeeper(run: string): Promise<string> {
  const child = fork(fileURLToPath(new URL('keeper.js', import.meta.url)), [run], {
    // In a group of its own, so that a Ctrl-C in the terminal leaves it to clear up; and without node's options for jest.
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  keeper = child
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`The process that keeps the test databases ended early (${code})`)))
    child.once('message', (message) => {
      const found = textIn(message, 'url')
      if (found !== undefined) resolve(found)
      else reject(new Error(`The embedded PostgreSQL for the tests did not start: ${textIn(message, 'failed')}`))
    })
  })
  // It must not hold jest up; when jest ends, the channel closes, and that ends it.
  child.unref()
  child.channel?.unref()
  return url
}

/** Lets go of the databases and waits until they are gone. */
export async function stopKeeper(): Promise<void> {
  const child = keeper
  keeper = undefined
  if (child === undefined || child.exitCode !== null) return
  child.ref()
  const gone = once(child, 'exit')
  if (child.connected) child.disconnect()
  await gone
}

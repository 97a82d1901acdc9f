import { fileURLToPath } from 'node:url'

/** Who registered the code that threw, and where. */
export interface Blame {
  readonly plugin: string
  /** The file and line of the registration, where it is known. */
  readonly registeredAt: string | undefined
}

const blamed = new WeakMap<Error, Blame>()
/** The folders of this package's own code. What runs is `dist`; where source maps are on, a stack says `src` instead. */
const own = ['../../dist/', '../../src/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
const framesToLookAt = 30

/** The first place in the stack that is not the server's own code: the line of the plugin that registers something now. */
export function registrationPlace(): string | undefined {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = framesToLookAt
  const { stack = '' } = new Error()
  Error.stackTraceLimit = limit
  const frame = stack
    .split('\n')
    .slice(1)
    // A built-in such as Array.map has no place.
    .find((line) => /:\d+\)?$/.test(line) && !own.some((folder) => line.includes(folder)) && !line.includes('node:'))
  return /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(frame?.trim() ?? '')?.[1]
}

/** Notes whose code an error came out of; the innermost owner stays. */
export function blame(error: unknown, plugin: string, registeredAt: string | undefined): void {
  if (error instanceof Error && !blamed.has(error)) blamed.set(error, { plugin, registeredAt })
}

export const blameOf = (error: unknown): Blame | undefined => (error instanceof Error ? blamed.get(error) : undefined)

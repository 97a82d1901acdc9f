import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { codeOf, embeddedErrors, reasonOf } from './embedded-errors.js'
import type { Place } from './embedded-place.js'

/** Everything that a PostgreSQL program needs of the environment; ours is not passed on, so nothing in it can disturb. */
const environment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }

/** Starts one of PostgreSQL's programs as the server's user, in the folder that is the server's way in. */
export function spawnAs(place: Place, file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const user = place.user === undefined ? {} : { uid: place.user.uid, gid: place.user.gid }
  // Node gives up only the groups of root together with uid and gid, which is what is wanted here.
  try {
    return spawn(file, args, { windowsHide: true, ...options, ...user, env: environment })
  } catch (error) {
    // Some failures, EPERM among them, are thrown and not emitted.
    throw spawnError(place, file, error)
  }
}

/** The error for a program that did not even start. */
export function spawnError(place: Place, file: string, error: unknown): Error {
  if (codeOf(error) === 'EPERM' && place.user !== undefined) {
    return embeddedErrors.CANNOT_SWITCH_USER({ problem: `"${place.user.name}" is not allowed (EPERM)` }, error)
  }
  return embeddedErrors.CANNOT_RUN_BINARIES({ path: file }, error)
}

export interface Outcome {
  readonly code: number | null
  readonly output: string
}

/** Runs a program to its end. */
export function runToEnd(place: Place, file: string, args: readonly string[], cwd: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawnAs(place, file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', (error) => reject(spawnError(place, file, error)))
    child.on('close', (code) => resolve({ code, output }))
  })
}

/** The line of a program's or the server's output that says why it gave up. */
export function reasonIn(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const telling = lines.filter((line) => /\b(FATAL|PANIC|error|could not load|cannot open)\b/i.test(line))
  // The first complaint is the reason; what follows are its consequences.
  const line = telling[0] ?? lines.at(-1) ?? 'it said nothing'
  return line.replace(/^.*?\b(FATAL|PANIC|ERROR|error):\s*/, '').trim()
}

/** The end of the output, as the cause of an error. */
export const lastLines = (output: string): Error =>
  new Error(output.trim().split('\n').slice(-20).join('\n') || reasonOf('no output'))

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

const isLinux = process.platform === 'linux'

/** What `produce` gives, or undefined where the system does not tell (no such process, no /proc, not ours to see). */
function ifKnown<T>(produce: () => T): T | undefined {
  try {
    return produce()
  } catch {
    return undefined
  }
}

/** Whether the system has a process of this number, be it only one that has ended and that nobody has asked after yet. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** When a process began, in a form that only serves to compare; undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  if (!exists(pid)) return undefined
  if (process.platform === 'win32') return ''
  if (!isLinux) {
    return ifKnown(() => execFileSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim())
  }
  const text = ifKnown(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // Hidden from us (hidepid): it exists, and that is all there is to know.
  if (text === undefined) return exists(pid) ? 'hidden' : undefined
  // The name, in parentheses, may contain anything; the 3rd field (state) and the 22nd (start) come after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const state = fields[0] ?? ''
  return state === 'Z' || state === 'X' ? undefined : (fields[19] ?? '')
}

/** Process numbers only mean something since this start of the machine and in this container. */
const surroundings = ifKnown(() =>
  isLinux
    ? `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
    : '',
)

/** Names one run of one process: numbers get reused, a number with its start time does not. One line. */
export function identityOf(pid: number): string {
  return `${pid} ${startOf(pid) ?? 'gone'} ${surroundings ?? ''}`.trim()
}

/** Whether the process that {@link identityOf} named still runs. Text that names nobody counts as gone. */
export function isAlive(identity: string): boolean {
  const pid = Number.parseInt(identity, 10)
  if (!(pid > 0)) return false
  const start = startOf(pid)
  if (start === undefined) return false
  return start === 'hidden' || identity === identityOf(pid)
}

/** Sends a signal; false when the process was gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  return ifKnown(() => process.kill(pid, name)) ?? false
}

function executableOf(pid: number): string | undefined {
  if (isLinux) return ifKnown(() => readlinkSync(`/proc/${pid}/exe`))
  if (process.platform === 'win32') {
    const list = ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']
    return ifKnown(() => /^"([^"]*)"/.exec(execFileSync('tasklist', list, { encoding: 'utf8' }).trim())?.[1])
  }
  return ifKnown(() => execFileSync('/bin/ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim())
}

const isPostgres = (executable: string | undefined): boolean =>
  executable !== undefined && /^postgres(\.exe)?( \(deleted\))?$/.test(basename(executable))

/**
 * Whether the process is a PostgreSQL server on the data directory. A server's working directory is its data directory,
 * which is better evidence than its command line. Where the system does not tell it (macOS, Windows), being a postgres
 * suffices: its number stands in the postmaster.pid of the directory.
 */
export function servesDirectory(pid: number, data: string): boolean {
  if (!isPostgres(executableOf(pid))) return false
  if (!isLinux) return true
  const [there, here] = [ifKnown(() => statSync(`/proc/${pid}/cwd`)), ifKnown(() => statSync(data))]
  return there !== undefined && here !== undefined && there.ino === here.ino && there.dev === here.dev
}

/** Whether the program of a running server was deleted or replaced: it can then no longer load its libraries. */
export const runsDeletedProgram = (pid: number): boolean => isLinux && (executableOf(pid) ?? '').endsWith(' (deleted)')

/** Every PostgreSQL process on the data directory, also those whose postmaster was killed. Linux only. */
export function processesOn(data: string): number[] {
  if (!isLinux) return []
  const names = ifKnown(() => readdirSync('/proc')) ?? []
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => servesDirectory(pid, data))
}

/** Whether every folder on the way to the path, and the path itself, lets the user pass (by mode; extra ACLs do not count). */
export function isReachable(path: string, user: { readonly uid: number; readonly gid: number }): boolean {
  const parent = join(path, '..')
  if (parent !== path && !isReachable(parent, user)) return false
  const stats = ifKnown(() => statSync(path))
  if (stats === undefined) return false
  const bit = stats.uid === user.uid ? 0o100 : stats.gid === user.gid ? 0o010 : 0o001
  return (stats.mode & bit) !== 0
}

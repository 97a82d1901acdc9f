import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { defineErrors } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'
import type { Config } from './config.js'

const errors = defineErrors('APP_KEY', {
  REFUSED: {
    status: 412,
    message: 'APP_KEY {problem}',
    hint: `Make one with: node -e "console.log(require('node:crypto').randomBytes(32).toString('base64url'))" and set it as APP_KEY.`,
  },
})

const shortest = 32
/** Keys that stand in documentation, here and elsewhere, are known to everybody. */
const published = [
  /change.?me/i,
  /your.*(key|secret)/i,
  /^(.)\1+$/,
  /secret.?key/i,
  /example/i,
  /0123456789|abcdefghij/i,
  /test.?key/i,
  /^development/i,
]
const fewestCharacters = 10

function problemOf(key: string): string | undefined {
  if (key.length < shortest) return `is shorter than ${shortest} characters`
  if (published.some((pattern) => pattern.test(key))) return 'is a value from the documentation, which everybody knows'
  if (new Set(key).size < fewestCharacters) return 'repeats a few characters: it can be guessed'
  return undefined
}

/**
 * The key that signs. In production it must be given and be strong; elsewhere one is made once and kept in the storage.
 *
 * @throws APP_KEY_REFUSED in production, with how to make one
 */
export async function resolveAppKey(config: Config, log: Logger): Promise<string> {
  const { APP_KEY: given, NODE_ENV: environment } = config
  if (given !== undefined) {
    const problem = problemOf(given)
    if (problem === undefined) return given
    if (environment === 'production') throw errors.REFUSED({ problem })
    log.warn(`APP_KEY ${problem}; in production it would be refused`)
    return given
  }
  if (environment === 'production') throw errors.REFUSED({ problem: 'is missing' })
  return keyInStorage(path.join(config.STORAGE_DIR, 'app.key'))
}

async function keyInStorage(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true })
  try {
    // Of two processes that start together only one makes the file; the other reads it.
    await writeFile(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return (await readFile(file, 'utf8')).trim()
}

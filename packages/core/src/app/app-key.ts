import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { defineErrors } from '../kernel/errors.js'
import { codeOf, isError } from '../kernel/is-error.js'
import type { Logger } from '../kernel/logger.js'
import type { Config } from './config.js'

const errors = defineErrors('APP_KEY', {
  REFUSED: {
    status: 412,
    message: 'APP_KEY {problem}',
    hint: `Make one with: node -e "console.log(require('node:crypto').randomBytes(32).toString('base64url'))" and set it as APP_KEY.`,
  },
  STORAGE: {
    status: 412,
    message: 'The key in {file} cannot be used: {problem}',
    hint: 'Correct STORAGE_DIR, or set APP_KEY. A file without a key can be deleted: the next start makes another.',
  },
})

const shortest = 32
/** Keys that stand in documentation, here and elsewhere, are known to everybody. */
const published = [
  /change.?me/i,
  /your.*(key|secret)/i,
  /secret.?key/i,
  /example/i,
  /test.?key/i,
  /^development/i,
  // Of this repository's own tests and examples.
  /^(Wq3vT9zLr5Yk|Zq8mPx2vLr5t|tB6nQw2ZxV8m)/,
]
/** What fingers type when they are to type something long. */
const typed = /0123456789|1234567890|abcdefghij|qwerty|asdfgh|password/i
/** A shorter text, again and again. */
const repetition = /^(.{1,16}?)\1+.{0,15}$/
const fewestCharacters = 10

function problemOf(key: string): string | undefined {
  if (key.length < shortest) return `is shorter than ${shortest} characters`
  if (published.some((pattern) => pattern.test(key))) return 'is a value from the documentation, which everybody knows'
  if (typed.test(key) || repetition.test(key) || new Set(key).size < fewestCharacters)
    return 'follows a pattern or repeats itself: it can be guessed'
  return undefined
}

/** The first signs; what one of the others signed counts too. */
export type AppKeys = readonly [string, ...string[]]

/** Where one `APP_KEY` takes the place of another, both are given: the new one signs, the old ones still count. */
const listed = (given: string): string[] =>
  given
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '')

/**
 * The keys that count; the first one signs. In production they must be given and be strong; elsewhere one is made once
 * and kept in the storage.
 *
 * @throws APP_KEY_REFUSED in production, with how to make one
 */
export async function resolveAppKeys(config: Config, log: Logger): Promise<AppKeys> {
  const { APP_KEY: given, NODE_ENV: environment } = config
  if (given === undefined) {
    if (environment === 'production') throw errors.REFUSED({ problem: 'is missing' })
    return [await keyInStorage(path.join(config.STORAGE_DIR, 'app.key'))]
  }
  const keys = listed(given)
  const [first, ...older] = keys
  if (first === undefined) throw errors.REFUSED({ problem: 'holds no key' })
  for (const [index, key] of keys.entries()) {
    const problem = problemOf(key)
    if (problem === undefined) continue
    const place = keys.length > 1 ? ` (number ${index + 1} of ${keys.length})` : ''
    if (environment === 'production') throw errors.REFUSED({ problem: `${problem}${place}` })
    log.warn(`APP_KEY ${problem}${place}; in production it would be refused`)
  }
  return [first, ...older]
}

async function keyInStorage(file: string): Promise<string> {
  try {
    await mkdir(path.dirname(file), { recursive: true })
    const key = await readFile(file, 'utf8').catch(() => makeKey(file))
    if (key.trim().length >= shortest) return key.trim()
  } catch (error) {
    throw errors.STORAGE({ file, problem: isError(error) ? error.message : String(error) }, error)
  }
  throw errors.STORAGE({ file, problem: `it holds no key of at least ${shortest} characters` })
}

/** Under its own name there is a whole key or none: of processes that start together one makes it, and all read that. */
async function makeKey(file: string): Promise<string> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 })
  try {
    await link(draft, file)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  return readFile(file, 'utf8')
}

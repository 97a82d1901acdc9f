import { generatePassword } from '../auth/password.js'
import { cliErrors } from './cli-errors.js'

/** The first line of stdin, whether or not more would come. */
async function readLine(): Promise<string> {
  process.stdin.setEncoding('utf8')
  let text = ''
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return firstLine(text)
}

/** Without the end of the line, as Unix and Windows write it. */
export const firstLine = (text: string): string => text.replace(/\r?\n[\s\S]*$/, '')

export interface GivenPassword {
  readonly password: string
  /** Null when the caller gave it: then there is nothing to show. */
  readonly shown: string | null
}

/** The password from stdin, or one that is made up here and shown once. @throws CLI_USAGE when stdin is empty */
export async function takePassword(fromStdin: boolean | undefined): Promise<GivenPassword> {
  if (fromStdin !== true) {
    const password = generatePassword()
    return { password, shown: password }
  }
  const password = await readLine()
  if (password === '') throw cliErrors.USAGE({ problem: 'stdin holds no password' })
  return { password, shown: null }
}

/** What a person is told of a password that was made up. */
export const shownOnce = (password: string | null): string =>
  password === null ? '' : `\nIts password, shown this once: ${password}`

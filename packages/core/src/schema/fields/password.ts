import { hashPassword } from '../../kernel/password-hash.js'
import type { FieldKind } from '../field.js'
import { patternProblem, textSchema } from './text-checks.js'

/** Characters: hashing reads all of them. */
const longest = 255

/** A secret that is checked and never shown: stored as a hash, hidden from everyone. */
export const password: FieldKind<string> = {
  kind: 'password',
  accepts: ['minLength', 'maxLength', 'pattern'],
  // Of hashes no two are equal, and a default would be a password that many know.
  refuses: ['unique', 'index', 'default'],
  operators: 'text',
  writeOnly: true,
  schema: (options) => textSchema({ ...options, minLength: options.minLength ?? 1 }, options.maxLength ?? longest),
  seal: hashPassword,
  problem: patternProblem,
}

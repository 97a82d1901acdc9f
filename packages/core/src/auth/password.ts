import { randomBytes } from 'node:crypto'

export { hashPassword, verifyPassword, weakenPasswordsForTests } from '../kernel/password-hash.js'

/** A password for a person to copy: 20 characters, some 117 bits. */
export function generatePassword(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'
  // 56 letters: a byte below 224 is taken modulo without bias.
  let password = ''
  while (password.length < 20)
    for (const byte of randomBytes(32)) if (byte < 224 && password.length < 20) password += letters[byte % 56] ?? ''
  return password
}

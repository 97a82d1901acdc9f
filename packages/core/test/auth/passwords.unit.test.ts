import { beforeAll, describe, expect, it } from '@jest/globals'
import { isOpaqueToken, mintOpaqueToken } from '../../src/auth/opaque-token.js'
import { generatePassword, hashPassword, verifyPassword, weakenPasswordsForTests } from '../../src/auth/password.js'

// Tests before this one, in the same process, may have made them cheap.
beforeAll(() => weakenPasswordsForTests()())

describe('a password', () => {
  it('is hashed at the cost that guessing shall have', async () => {
    expect(await hashPassword('right')).toMatch(/^scrypt\$32768\$8\$1\$/)
  })

  it('is right against its own hash alone', async () => {
    const [one, other] = [await hashPassword('right'), await hashPassword('right')]
    expect(one).not.toBe(other)
    expect(await verifyPassword('right', one)).toBe(true)
    expect(await verifyPassword('Right', one)).toBe(false)
    expect(await verifyPassword('', one)).toBe(false)
  })

  it('is the same however its letters were composed', async () => {
    expect(await verifyPassword('cafe\u0301', await hashPassword('caf\u00e9'))).toBe(true)
  })

  it.each(['', 'plain', 'scrypt', 'scrypt$$$$$', 'bcrypt$1$2$3$4$5'])(
    'is never right against what is no hash: %j',
    async (stored) => {
      await expect(verifyPassword('plain', stored).catch(() => false)).resolves.toBe(false)
      await expect(verifyPassword('', stored).catch(() => false)).resolves.toBe(false)
    },
  )

  it('costs as much for an account that is not there, and is wrong', async () => {
    const hash = await hashPassword('right')
    await verifyPassword('warm', undefined)
    const time = async (stored: string | undefined): Promise<number> => {
      const started = performance.now()
      expect(await verifyPassword('wrong', stored)).toBe(false)
      return performance.now() - started
    }
    const [known, unknown] = [await time(hash), await time(undefined)]
    expect(unknown).toBeGreaterThan(known / 4)
  })

  it('that is made up has 20 letters, and another each time', () => {
    const made = Array.from({ length: 200 }, generatePassword)
    expect(new Set(made).size).toBe(200)
    for (const password of made) expect(password).toMatch(/^[A-HJ-NP-Za-km-z2-9]{20}$/)
  })
})

describe('an opaque token', () => {
  it('is known by its form, and every change of one character is noticed', () => {
    const token = mintOpaqueToken('pst')
    expect(isOpaqueToken('pst', token)).toBe(true)
    for (let at = 0; at < token.length; at++) {
      const changed = `${token.slice(0, at)}${token[at] === '0' ? '1' : '0'}${token.slice(at + 1)}`
      expect([changed, isOpaqueToken('pst', changed)]).toEqual([changed, false])
    }
    for (const other of [
      '',
      'pst_',
      token.slice(1),
      token.slice(0, -1),
      `${token}0`,
      ` ${token}`,
      token.toLowerCase(),
    ]) {
      expect([other, isOpaqueToken('pst', other)]).toEqual([other, false])
    }
    expect(isOpaqueToken('psp', token)).toBe(false)
  })

  it('is another one each time', () => {
    expect(new Set(Array.from({ length: 500 }, () => mintOpaqueToken('pst'))).size).toBe(500)
  })
})

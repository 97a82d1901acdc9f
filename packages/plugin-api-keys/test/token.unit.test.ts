import { describe, expect, it } from '@jest/globals'
import { claimsOf, looksLikeKey, sameHash } from '../src/token.js'
import { sign } from './key-app.js'

const token = sign({ userId: 1, roleName: 'editor', iat: 1, jti: 'a' })

describe('the form of a key', () => {
  it('is three parts of base64url, the last as long as an HS256 signature', () => {
    expect(looksLikeKey(token)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['two parts', token.slice(0, token.lastIndexOf('.'))],
    ['four parts', `${token}.${token}`],
    ['an empty part', token.replace(/\.[^.]+\./, '..')],
    ['a cut signature', token.slice(0, -1)],
    ['a lengthened signature', `${token}A`],
    ['padding', `${token}=`],
    ['other letters', token.replace('e', 'е')],
    ['a line break', `${token}\n`],
    ['15 KB of the right form', `${'A'.repeat(15_000)}${token}`],
    ['a session token', 'pst_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM'],
  ])('is not %s', (_what, text) => expect(looksLikeKey(text)).toBe(false))
})

describe('the claims of a key', () => {
  it('are its user, its role and its id', () => {
    const claims = { userId: 7, roleName: 'To Dos API Role', jti: 'a0b1-c2' }
    expect(claimsOf({ ...claims, iat: 1, exp: 2 })).toEqual(claims)
  })

  it.each([
    {},
    { userId: 7, roleName: 'editor' },
    { userId: '7', roleName: 'editor', jti: 'a' },
    { userId: 7, roleName: ['editor'], jti: 'a' },
    { userId: 7, roleName: 'editor', jti: 1 },
    { userId: 7, roleName: 'editor', jti: '' },
    { userId: 7, roleName: 'editor', jti: 'a\0b' },
    { userId: 7, roleName: 'editor', jti: 'a'.repeat(65) },
  ])('are missing in %j', (payload) => expect(claimsOf(payload)).toBeUndefined())
})

describe('hashes', () => {
  const hash = 'ab'.repeat(32)
  it('are the same or not', () => {
    expect(sameHash(hash, hash)).toBe(true)
    expect(sameHash(hash, hash.replace('a', 'c'))).toBe(false)
    expect(sameHash(hash, hash.slice(2))).toBe(false)
    expect(sameHash(hash, '')).toBe(false)
  })
})

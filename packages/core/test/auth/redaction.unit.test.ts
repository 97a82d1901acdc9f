import { describe, expect, it } from '@jest/globals'
import { createJwtSigner } from '../../src/auth/jwt.js'
import { mintOpaqueToken } from '../../src/auth/opaque-token.js'
import { removeSecrets } from '../../src/kernel/secrets.js'

const key = createJwtSigner('Wq3vT9zLr5YkXc8HnJd2FbMa7PsGe4Ux').sign({ userId: 1, jti: 'a' })
const session = mintOpaqueToken('pst')

describe('a text for the log', () => {
  it.each([
    key,
    `key=${key}`,
    `{"token":"${key}"}`,
    `/api/todos:get/${key}?x=1`,
    `Authorization: Bearer ${key}`,
    `(${key})`,
    `${key},${key}`,
    key.slice(0, -5),
    key.slice(0, key.lastIndexOf('.')),
  ])('holds no API key: %s', (text) => {
    const clean = removeSecrets(text)
    for (const part of key.split('.').slice(1)) expect(clean).not.toContain(part.slice(0, 20))
  })

  it.each([session, `bearer ${session}`, `token "${session}" is bad`, `x=${session}&y`])(
    'holds no session token: %s',
    (text) => expect(removeSecrets(text)).not.toContain(session.slice(4)),
  )

  const plugins = mintOpaqueToken('acme_thing')
  it.each([plugins, `x-token: ${plugins}`, `"${plugins}"`, plugins.slice(0, -1), `${plugins}A`, `/x/${plugins}?y=1`])(
    'holds no token that a plugin minted: %s',
    (text) => expect(removeSecrets(text)).not.toContain(plugins.slice(11, 40)),
  )

  it.each([
    ['Bearer abc.def', 'Bearer [token]'],
    ['bearer   opaque-secret!', 'bearer   [token]'],
    ['postgres://postern:s3cret@db:5432/x', 'postgres://postern:[password]@db:5432/x'],
    ['/x?token=abc&y=1', '/x?token=[removed]&y=1'],
    ['access_token=abc', 'access_token=[removed]'],
    ['a password=abc b', 'a password=[removed] b'],
  ])('%s becomes %s', (text, clean) => expect(removeSecrets(text)).toBe(clean))

  it.each(['GET /api/todos:list 200', 'the token is missing', 'a bearer', 'eyJ is how they begin', 'pst_short'])(
    'is left alone otherwise: %s',
    (text) => expect(removeSecrets(text)).toBe(text),
  )

  it('is cleaned in time whatever it is', () => {
    const started = performance.now()
    for (const text of [
      'a'.repeat(100_000),
      'eyJ'.repeat(30_000),
      'bearer '.repeat(15_000),
      `://${':'.repeat(50_000)}`,
      'token='.repeat(15_000),
      'a_'.repeat(50_000),
      `${'a'.repeat(39)}_`.repeat(2500),
    ]) {
      removeSecrets(text)
    }
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

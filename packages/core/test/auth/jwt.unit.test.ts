import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createJwtSigner } from '../../src/auth/jwt.js'

const secret = 'Wq3vT9zLr5YkXc8HnJd2FbMa7PsGe4Ux'
const now = Date.UTC(2026, 0, 1)
const seconds = now / 1000
const jwt = createJwtSigner(secret)

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const forge = (header: unknown, payload: unknown, algorithm = 'sha256', key = secret): string => {
  const body = `${encode(header)}.${encode(payload)}`
  return `${body}.${createHmac(algorithm, key).update(body).digest('base64url')}`
}
const header = { alg: 'HS256', typ: 'JWT' }
const payload = { userId: 1, iat: seconds }

describe('a token of our own', () => {
  it('is valid, with what was put into it', () => {
    expect(jwt.verify(jwt.sign(payload), now)).toEqual({ state: 'valid', payload })
    expect(jwt.verify(forge(header, payload), now).state).toBe('valid')
  })

  it('is expired from its second on, and not before', () => {
    const token = jwt.sign({ ...payload, exp: seconds + 10 })
    expect(jwt.verify(token, now + 9_999).state).toBe('valid')
    expect(jwt.verify(token, now + 10_000).state).toBe('expired')
    expect(jwt.verify(token, now + 11_000).state).toBe('expired')
  })
})

describe('invalid', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', null, 0, [], ['HS256'], { alg: 'HS256' }])(
    'is the algorithm %j, with and without a signature',
    (alg) => {
      expect(jwt.verify(forge({ ...header, alg }, payload), now).state).toBe('invalid')
      expect(jwt.verify(`${encode({ ...header, alg })}.${encode(payload)}.`, now).state).toBe('invalid')
      expect(jwt.verify(`${encode({ ...header, alg })}.${encode(payload)}`, now).state).toBe('invalid')
    },
  )

  it.each(['HS384', 'HS512', 'RS256', 'RS512', 'ES256', 'PS256', 'EdDSA', 'hs256', 'HS256 '])(
    'is the algorithm %s, even under the right HMAC',
    (alg) => expect(jwt.verify(forge({ ...header, alg }, payload), now).state).toBe('invalid'),
  )

  it('are other HMACs', () => {
    expect(jwt.verify(forge({ ...header, alg: 'HS384' }, payload, 'sha384'), now).state).toBe('invalid')
    expect(jwt.verify(forge({ ...header, alg: 'HS512' }, payload, 'sha512'), now).state).toBe('invalid')
    expect(jwt.verify(forge(header, payload, 'sha512'), now).state).toBe('invalid')
  })

  it('are signatures of other kinds of key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const body = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(payload)}`
    expect(
      jwt.verify(`${body}.${signWith('sha256', Buffer.from(body), privateKey).toString('base64url')}`, now).state,
    ).toBe('invalid')
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    expect(jwt.verify(forge(header, payload, 'sha256', pem), now).state).toBe('invalid')
  })

  it('is another secret, also a longer, a shorter and an empty one', () => {
    for (const key of ['', secret.slice(1), `${secret} `, secret.toUpperCase(), 'undefined', 'null']) {
      expect(jwt.verify(forge(header, payload, 'sha256', key), now).state).toBe('invalid')
    }
  })

  it.each(['"text"', '1', 'null', 'true', '[]', '[{"userId":1}]', '', '{', '{"userId":1'])(
    'is the payload %s',
    (text) => {
      expect(jwt.verify(forge(header, text), now).state).toBe('invalid')
    },
  )

  it.each(['"text"', 'null', '[]', '{', ''])('is the header %s', (text) => {
    expect(jwt.verify(forge(text, payload), now).state).toBe('invalid')
  })

  it.each(['tomorrow', '9999999999', null, true, [9999999999], { $gt: 0 }, Number.MAX_VALUE * 2])(
    'is the end %j',
    (exp) => {
      expect(jwt.verify(forge(header, { ...payload, exp }), now).state).toBe('invalid')
    },
  )

  it('is a start that is ahead, or no time', () => {
    expect(jwt.verify(forge(header, { ...payload, nbf: seconds + 60 }), now).state).toBe('invalid')
    expect(jwt.verify(forge(header, { ...payload, nbf: 'now' }), now).state).toBe('invalid')
    expect(jwt.verify(forge(header, { ...payload, nbf: seconds }), now).state).toBe('valid')
  })

  it('is every number of dots but two', () => {
    const [head = '', body = '', signature = ''] = jwt.sign(payload).split('.')
    for (const text of [
      '',
      '.',
      '..',
      '...',
      head,
      `${head}.${body}`,
      `${head}.${body}.`,
      `.${body}.${signature}`,
      `${head}..${signature}`,
      `${head}.${body}.${signature}.`,
      `${head}.${body}.${signature}.${signature}`,
      `.${head}.${body}.${signature}`,
    ]) {
      expect([text, jwt.verify(text, now).state]).toEqual([text, 'invalid'])
    }
  })
})

describe('claims named like members of objects', () => {
  it('stay claims', () => {
    const token = forge(header, '{"__proto__":{"userId":7,"isRoot":true},"constructor":{"prototype":{"polluted":1}}}')
    const outcome = jwt.verify(token, now)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Reflect.get({}, 'isRoot')).toBeUndefined()
    expect(outcome.state === 'valid' && Object.keys(outcome.payload)).toEqual(['__proto__', 'constructor'])
  })
})

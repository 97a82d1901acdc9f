import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto'
import { afterAll, beforeAll, describe, it, expect } from '@jest/globals'
import type { TestApp, TestUser } from '@postern/testkit'
import { appKey, createKeyApp, expectRefused, makeKey, payloadOf, sign, useKey, type MadeKey } from './key-app.js'

let app: TestApp
let ann: TestUser
let key: MadeKey
let endless: MadeKey

beforeAll(async () => {
  app = await createKeyApp()
  ann = await app.user('ann', { roles: ['editor', 'other'] })
  key = await makeKey(app, ann)
  endless = await makeKey(app, ann, { expiresIn: 'never' })
})
afterAll(() => app?.close())

const standard = { alg: 'HS256', typ: 'JWT' }
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const expectForgery = async (token: string): Promise<void> => {
  expect(token).not.toBe(key.token)
  expectRefused(await useKey(app, { token }))
}

it('the forger of these tests signs as the server does', () => {
  expect(sign(payloadOf(key.token))).toBe(key.token)
})

describe('401 for another algorithm', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', 'HS384', 'HS512', 'RS256', 'ES256', 'hs256', null, ['HS256'], {}])(
    'alg %j with the right HS256 signature',
    (alg) => expectForgery(sign(payloadOf(key.token), { ...standard, alg })),
  )

  it.each(['none', 'None', 'NONE'])('alg %s without a signature', async (alg) => {
    const text = `${part({ ...standard, alg })}.${part(payloadOf(key.token))}`
    await expectForgery(`${text}.`)
    await expectForgery(text)
    await expectForgery(`${text}.${'A'.repeat(43)}`)
  })

  it.each([
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ])('%s under the right key', async (alg, hash) => {
    const text = `${part({ ...standard, alg })}.${part(payloadOf(key.token))}`
    const signature = createHmac(hash, appKey).update(text).digest()
    await expectForgery(`${text}.${signature.toString('base64url')}`)
    await expectForgery(`${text}.${signature.subarray(0, 32).toString('base64url')}`)
  })

  it('ES256 under a key of the forger’s own, brought along', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = publicKey.export({ format: 'jwk' })
    const text = `${part({ ...standard, alg: 'ES256', jwk })}.${part(payloadOf(key.token))}`
    const signature = signWith('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    await expectForgery(`${text}.${signature.toString('base64url')}`)
  })
})

describe('401 for a header that asks for more', () => {
  const headers: readonly object[] = [
    { kid: '../../../../etc/passwd' },
    { kid: `x' UNION SELECT 'secret` },
    { kid: 'https://evil.example/key' },
    { kid: ['a', 'b'] },
    { jku: 'https://evil.example/jwks.json' },
    { x5u: 'https://evil.example/cert.pem' },
    { crit: ['exp'] },
    { crit: ['b64'], b64: false },
    { typ: 'at+jwt' },
    { zip: 'DEF' },
    { constructor: { prototype: { alg: 'none' } } },
  ]
  it.each(headers.map((more) => [more] as const))('%j', (more) =>
    expectForgery(sign(payloadOf(key.token), { ...standard, ...more })),
  )
})

describe('401 for another key', () => {
  it.each(['', 'secret', appKey.slice(0, -1), `${appKey}\n`, appKey.toLowerCase()])('%j', (secret) =>
    expectForgery(sign(payloadOf(key.token), standard, secret)),
  )
})

describe('401 under the right signature, which only a leaked APP_KEY could make', () => {
  const changes: readonly (readonly [string, (payload: Record<string, unknown>) => unknown])[] = [
    ['no jti', ({ jti: _jti, ...rest }) => rest],
    ['a jti without a row', (payload) => ({ ...payload, jti: '00000000-0000-4000-8000-000000000000' })],
    ['another key’s jti', (payload) => ({ ...payload, jti: payloadOf(endless.token)['jti'] })],
    ['a jti that is a list', (payload) => ({ ...payload, jti: [payload['jti']] })],
    ['a jti with NUL', (payload) => ({ ...payload, jti: 'a\0b' })],
    ['SQL as jti', (payload) => ({ ...payload, jti: `' OR 1=1 --` })],
    ['another user', (payload) => ({ ...payload, userId: 1 })],
    ['the user as text', (payload) => ({ ...payload, userId: String(payload['userId']) })],
    ['no user', ({ userId: _userId, ...rest }) => rest],
    ['another role of his', (payload) => ({ ...payload, roleName: 'other' })],
    ['root', (payload) => ({ ...payload, roleName: 'root' })],
    ['a list of roles', (payload) => ({ ...payload, roleName: ['editor', 'root'] })],
    ['exp as text', (payload) => ({ ...payload, exp: String(payload['exp']) })],
    ['exp missing', ({ exp: _exp, ...rest }) => rest],
    ['exp later', (payload) => ({ ...payload, exp: Number(payload['exp']) + 1 })],
    ['exp in the past', (payload) => ({ ...payload, exp: 1 })],
    ['iat earlier', (payload) => ({ ...payload, iat: 1 })],
    ['nbf ahead', (payload) => ({ ...payload, nbf: Number(payload['exp']) })],
    ['nbf in the past', (payload) => ({ ...payload, nbf: 1 })],
    ['more claims', (payload) => ({ ...payload, scopes: ['*'] })],
    ['claims in another order', ({ jti, ...rest }) => ({ jti, ...rest })],
    ['a list', (payload) => [payload]],
    ['a text', () => 'editor'],
    ['null', () => null],
    ['a number', () => 1],
  ]
  it.each(changes)('%s', (_what, change) => expectForgery(sign(change(payloadOf(key.token)))))

  it('claims in the prototype', async () => {
    const text = JSON.stringify(payloadOf(key.token))
    const polluting = `{"__proto__":{"roleName":"root"},${text.slice(1)}`
    const unsigned = `${part(standard)}.${Buffer.from(polluting).toString('base64url')}`
    await expectForgery(`${unsigned}.${createHmac('sha256', appKey).update(unsigned).digest('base64url')}`)
    expect(Reflect.get({}, 'roleName')).toBeUndefined()
  })

  it.each(['not JSON', '{"userId":', ''])('a payload that is %j', async (payload) => {
    const unsigned = `${part(standard)}.${Buffer.from(payload).toString('base64url')}`
    await expectForgery(`${unsigned}.${createHmac('sha256', appKey).update(unsigned).digest('base64url')}`)
  })

  it('what the fingerprint of the APP_KEY is made of', () => expectForgery(sign({ purpose: 'fingerprint', iat: 1 })))
})

it('200 for the good key after all that', async () => expect((await useKey(app, key)).status).toBe(200))

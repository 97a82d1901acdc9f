import { createHmac } from 'node:crypto'
import { expect } from '@jest/globals'
import { createTestApp, type TestApp, type TestAppOptions, type TestResponse, type TestUser } from '@postern/testkit'
import apiKeys from '../src/index.js'

/** A key as `apiKeys:create` answers it. */
export interface MadeKey {
  readonly id: number
  readonly token: string
  readonly name: string
  readonly roleName: string
  readonly expiresAt: string | null
  readonly lastFour: string
  readonly createdById: number
}

export const appKey = 'Kd8sWq3vT9zLr5YkXc8HnJd2FbMa7PsG'

/** A server with keys, a collection of to-dos and a role that may read and write them. */
export async function createKeyApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { plugins = [], settings = {} } = options
  const app = await createTestApp({
    ...options,
    plugins: [...plugins, apiKeys],
    // Tests of bad credentials send more of them than an address may.
    settings: { APP_KEY: appKey, LIMIT_FAILED_CREDENTIALS: '0', ...settings },
  })
  if (options.database === undefined) {
    await app.collection('todos', { title: { type: 'string', required: true } })
    await app.grant('editor', 'todos', ['*'])
  }
  return app
}

export const post = (app: TestApp, path: string, token: string | undefined, body?: unknown): Promise<TestResponse> =>
  app.request('POST', `/api/${path}`, { body, ...(token === undefined ? {} : { token }) })

export const askForKey = (app: TestApp, { token }: Pick<TestUser, 'token'>, body: object = {}): Promise<TestResponse> =>
  post(app, 'apiKeys:create', token, { name: 'cron', role: 'editor', ...body })

export async function makeKey(app: TestApp, owner: Pick<TestUser, 'token'>, body: object = {}): Promise<MadeKey> {
  const answer = await askForKey(app, owner, body)
  expect(answer).toMatchObject({ status: 200 })
  return answer.body.data
}

/** What a key is good for: a request that its role allows. */
export const useKey = (app: TestApp, { token }: Pick<MadeKey, 'token'>): Promise<TestResponse> =>
  app.request('GET', '/api/todos:list', { token })

export const invalidToken = (reason?: string): object => ({
  status: 401,
  headers: { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' },
  body: {
    errors: [
      {
        code: 'INVALID_TOKEN',
        message: 'Your session has expired. Please sign in again.',
        ...(reason === undefined ? {} : { reason }),
      },
    ],
  },
})

/** 401, and with `reason` exactly that one. */
export function expectRefused(answer: TestResponse, reason?: string): void {
  expect(answer).toMatchObject(invalidToken(reason))
  expect(answer.body.errors[0].reason).toBe(reason)
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Whatever header and payload, with the signature that this secret makes. */
export function sign(payload: unknown, header: object = { alg: 'HS256', typ: 'JWT' }, secret = appKey): string {
  const text = `${part(header)}.${part(payload)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

export const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

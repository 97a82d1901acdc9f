import { expect } from '@jest/globals'
import {
  createTestApp,
  type ReceivedJson,
  type TestApp,
  type TestAppOptions,
  type TestResponse,
  type TestUser,
} from '@postern/testkit'
import spaceTokens from '../src/index.js'

/** What carries a request: a session or key in a space, or a space token. */
export interface Caller {
  readonly token?: string
  readonly space?: number | string
  readonly spaceToken?: string
}

export function headersOf({ space, spaceToken }: Caller): Record<string, string> {
  return {
    ...(space === undefined ? {} : { 'X-Space': String(space) }),
    ...(spaceToken === undefined ? {} : { 'x-undb-api-token': spaceToken }),
  }
}

export const ask = (
  app: TestApp,
  caller: Caller,
  method: string,
  path: string,
  body?: unknown,
): Promise<TestResponse> => {
  const { token } = caller
  return app.request(method, path, { headers: headersOf(caller), ...(token === undefined ? {} : { token }), body })
}

export const post = (app: TestApp, caller: Caller, path: string, body?: unknown): Promise<TestResponse> =>
  ask(app, caller, 'POST', `/api/${path}`, body)
export const get = (app: TestApp, caller: Caller, path: string): Promise<TestResponse> =>
  ask(app, caller, 'GET', `/api/${path}`)

/** The `data` of an answer that must be good. */
export async function data(answer: Promise<TestResponse>): Promise<ReceivedJson> {
  const got = await answer
  if (got.status !== 200) throw new Error(`200 was expected, and this came: ${got.status} ${got.text}`)
  return got.body.data
}

/** `403 NO_PERMISSION` */
export async function outcome(answer: Promise<TestResponse>): Promise<string> {
  const { status, body } = await answer
  const code: unknown = body?.errors?.[0]?.code
  return typeof code === 'string' ? `${status} ${code}` : String(status)
}

export const noSuchRecord = { errors: [{ code: 'NOT_FOUND', message: 'Not found' }] }

export async function expectNotFound(answer: Promise<TestResponse>): Promise<void> {
  const { status, body } = await answer
  expect({ status, body }).toEqual({ status: 404, body: noSuchRecord })
}

/** 401, and with `reason` exactly that one. */
export function expectRefused(answer: TestResponse, reason?: string): void {
  const { status, body, headers } = answer
  const message = 'Your session has expired. Please sign in again.'
  const error = { code: 'INVALID_TOKEN', message, ...(reason === undefined ? {} : { reason }) }
  expect({ status, body }).toEqual({ status: 401, body: { errors: [error] } })
  expect(headers['www-authenticate']).toBe('Bearer realm="api", error="invalid_token"')
}

/** Two spaces: A of ann, B of bob; a divided collection of tasks. */
export interface World {
  readonly app: TestApp
  readonly ann: TestUser
  readonly bob: TestUser
  readonly a: number
  readonly b: number
  readonly ta: Caller
  readonly tb: Caller
}

export const createSpaceApp = (options: TestAppOptions = {}): Promise<TestApp> =>
  createTestApp({
    ...options,
    plugins: [...(options.plugins ?? []), spaceTokens],
    settings: { LIMIT_FAILED_CREDENTIALS: '0', ...options.settings },
  })

export async function makeSpace(app: TestApp, owner: Caller, name: string): Promise<number> {
  return (await data(post(app, owner, 'spaces:create', { name }))).id
}

export async function makeToken(app: TestApp, maker: Caller, space: number, body: object = {}): Promise<Caller> {
  const { token } = await data(post(app, maker, `spaces/${space}/tokens:create`, { name: 'ci', ...body }))
  return { spaceToken: token }
}

export async function defineSpaced(app: TestApp, name: string, fields: readonly object[]): Promise<void> {
  await app.application.call('collections', 'create', { body: { name, spaced: true, fields } })
}

export async function createWorld(options: TestAppOptions = {}): Promise<World> {
  const app = await createSpaceApp(options)
  const [ann, bob] = [await app.user('ann'), await app.user('bob')]
  await defineSpaced(app, 'tasks', [
    { name: 'title', type: 'string', required: true, unique: true },
    { name: 'done', type: 'boolean', default: false },
  ])
  const [a, b] = [await makeSpace(app, ann, 'A'), await makeSpace(app, bob, 'B')]
  const [ta, tb] = [await makeToken(app, ann, a), await makeToken(app, bob, b)]
  return { app, ann, bob, a, b, ta, tb }
}

export async function addMember(
  app: TestApp,
  by: Caller,
  space: number,
  user: TestUser,
  role: string,
): Promise<number> {
  return (await data(post(app, by, `spaces/${space}/members:create`, { userId: user.id, role }))).id
}

import { expect } from '@jest/globals'
import { createTestApp, type TestApp, type TestAppOptions, type TestResponse } from '@postern/testkit'
import { outcome } from '../calls.js'

/** One field of every type. */
const fields = {
  title: 'string',
  body: 'text',
  n: 'integer',
  big: 'bigInt',
  f: 'float',
  d: 'double',
  dec: 'decimal',
  amount: { type: 'decimal', precision: 10, scale: 2 },
  yes: 'boolean',
  at: 'datetime',
  local: 'datetimeNoTz',
  day: 'dateOnly',
  clock: 'time',
  u: 'uuid',
  nano: 'nanoid',
  j: 'json',
  list: 'array',
  kind: { type: 'enum', enum: ['a', 'b'] },
}

/** A server with the collection `samples`, which nobody in particular may do everything with. */
export async function samplesApp(settings: TestAppOptions['settings'] = {}): Promise<TestApp> {
  const app = await createTestApp({ settings })
  await app.collection('samples', fields)
  await app.grant('anonymous', 'samples', ['*'])
  return app
}

/** What nobody outside may see: SQL, a stack, a path of the server, a name of the driver. */
const secrets = /\b(SELECT|INSERT INTO|UPDATE "|DELETE FROM|syntax error|pg_catalog)\b|node_modules|\.[jt]s:\d|\n\s+at /

/** A refusal says its code, and nothing of the server's insides. */
export function expectRefusal(answer: TestResponse, expected: string | RegExp, path?: string): void {
  const { headers, body, text } = answer
  if (typeof expected === 'string') expect(`${outcome(answer)} ${text}`).toBe(`${expected} ${text}`)
  else expect(`${outcome(answer)} ${text}`).toMatch(expected)
  expectEnvelope(headers, body)
  expect(text).not.toMatch(secrets)
  if (path !== undefined) expect(body.errors.map((error: { path?: string }) => error.path)).toContain(path)
}

function expectEnvelope(headers: TestResponse['headers'], body: TestResponse['body']): void {
  expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
  expect(headers['content-type']).toBe('application/json; charset=utf-8')
  expect(Object.keys(body)).toEqual(['errors'])
  for (const error of body.errors) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/./) })
    expect(['code', 'message', 'path', 'reason']).toEqual(expect.arrayContaining(Object.keys(error)))
  }
}

/** The server goes on serving: to be asked after each bad request. */
export async function expectServing(app: TestApp): Promise<void> {
  expect((await app.request('GET', '/api/samples:list?pageSize=1')).status).toBe(200)
}

/** Answers in what came over a socket; each must have a body of the length that it tells. */
export function answersIn(text: string): { status: number; head: string; body: string }[] {
  const answers = []
  for (let rest = text; rest.startsWith('HTTP/1.1 ');) {
    const end = rest.indexOf('\r\n\r\n')
    const head = rest.slice(0, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    answers.push({ status: Number(head.slice(9, 12)), head, body: rest.slice(end + 4, end + 4 + length) })
    rest = rest.slice(end + 4 + length)
  }
  return answers
}

export const filterIs = (filter: unknown): string =>
  `samples:list?filter=${encodeURIComponent(typeof filter === 'string' ? filter : JSON.stringify(filter))}`

/** What stands in answers to what never became a request. */
export function expectClosed(text: string, status: number, code: string): void {
  const answers = answersIn(text)
  expect(answers.map((answer) => answer.status)).toEqual([status])
  const [{ head = '', body = '' } = {}] = answers
  expect(head).toMatch(/connection: close/i)
  expect(head).toMatch(/x-request-id: [\da-f-]{36}/i)
  expect(head).toMatch(/content-type: application\/json; charset=utf-8/i)
  expect(JSON.parse(body).errors.map((error: { code: string }) => error.code)).toEqual([code])
}

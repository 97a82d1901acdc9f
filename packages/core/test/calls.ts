import { type TestApp, type TestResponse } from '@postern/testkit'

type Headers = Readonly<Record<string, string>>

const optional = (token: string | undefined, headers: Headers | undefined) => ({
  ...(token === undefined ? {} : { token }),
  ...(headers === undefined ? {} : { headers }),
})

/** A POST with a JSON body: `post(app, 'todos:create', token, { title: 'x' })`. */
export const post = (
  app: TestApp,
  path: string,
  token?: string,
  body: unknown = {},
  headers?: Headers,
): Promise<TestResponse> => app.request('POST', `/api/${path}`, { body, ...optional(token, headers) })

export const get = (app: TestApp, path: string, token?: string, headers?: Headers): Promise<TestResponse> =>
  app.request('GET', `/api/${path}`, optional(token, headers))

/** What an answer says of a refusal: `401 INVALID_TOKEN`, or `200`. */
export const outcome = ({ status, body }: TestResponse): string =>
  [status, ...(body?.errors ?? []).map((error: { code: string }) => error.code)].join(' ')

/** An answer without what differs from request to request. */
export function withoutTraces({ status, headers, text }: TestResponse): object {
  const { date: _date, 'x-request-id': _id, ...rest } = headers
  return { status, headers: rest, text }
}

/** How many rows there are, whoever may see them. */
export async function countRows(app: TestApp, table: string, where: Readonly<Record<string, unknown>> = {}) {
  const { body } = await app.application.call(table, 'list', { params: { filter: where } })
  return Reflect.get(Object(Reflect.get(Object(body), 'meta')), 'count')
}

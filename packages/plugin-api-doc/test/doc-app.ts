import apiKeys from '@postern/plugin-api-keys'
import {
  createTestApp,
  type ReceivedJson,
  type TestApp,
  type TestAppOptions,
  type TestResponse,
} from '@postern/testkit'
import apiDoc from '../src/index.js'

/** A server with the document, keys, and a collection of to-dos that editors may write and readers may read in part. */
export async function createDocApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { plugins = [], settings = {} } = options
  const app = await createTestApp({
    ...options,
    plugins: [...plugins, apiKeys, apiDoc],
    settings: { LIMIT_FAILED_CREDENTIALS: '0', ...settings },
  })
  if (options.database === undefined) {
    await app.collection('todos', {
      title: { type: 'string', required: true, maxLength: 80, title: 'What is to be done' },
      completed: { type: 'boolean', default: false },
      price: { type: 'decimal', precision: 8, scale: 2 },
      state: { type: 'enum', enum: ['open', 'done'], required: true, default: 'open' },
      due: 'dateOnly',
      secret: { type: 'string', hidden: true },
      stars: { type: 'integer', minimum: 0, maximum: 5 },
    })
    await app.grant('editor', 'todos', ['*'])
    await app.grant('reader', 'todos', ['list', 'get'], { fields: ['title', 'completed'] })
  }
  return app
}

export const rootSession = (app: TestApp): Promise<string> => app.signIn('root')

/** The token of a session of somebody with these roles. */
export async function sessionOf(app: TestApp, name: string, roles: readonly string[]): Promise<string> {
  const { token } = await app.user(name, { roles })
  return token
}

export const getDocument = (app: TestApp, token?: string, ns?: string): Promise<TestResponse> =>
  app.request('GET', `/api/swagger:get${ns === undefined ? '' : `?ns=${encodeURIComponent(ns)}`}`, {
    ...(token === undefined ? {} : { token }),
  })

/** The document of whoever has this token. */
export async function documentOf(app: TestApp, token: string, ns?: string): Promise<ReceivedJson> {
  const { status, body } = await getDocument(app, token, ns)
  if (status !== 200) throw new Error(`The document answers ${status}`)
  return body
}

import {
  createApp,
  parseConfig,
  silentLogger,
  weakenPasswordsForTests,
  type Application,
  type Logger,
  type Plugin,
} from '@postern/core'
import { Accounts, type TestUser, type UserOptions } from './accounts.js'
import { createDatabase, type TestDatabase } from './database.js'
import { fakeClock, type FakeClock } from './fake-clock.js'
import { send, type ReceivedJson, type RequestOptions, type TestResponse } from './http-client.js'
import { logLevel } from './jest/environment.js'
import { rememberOpen } from './open-apps.js'
import { exchange, type RawOptions } from './raw-exchange.js'
import { concernFirstStart, testSettings, type Settings } from './test-settings.js'

export interface TestAppOptions {
  /** Enabled in this order. */
  readonly plugins?: readonly Plugin[]
  /** Known to the app and off, until the test enables them. */
  readonly availablePlugins?: readonly Plugin[]
  /** By the names of the environment: `{ LIMIT_PAGE_SIZE: '50' }`. */
  readonly settings?: Settings
  readonly clock?: FakeClock
  /** Where the log goes; nowhere unless said, or to the terminal with `TESTKIT_LOG=debug`. */
  readonly log?: Logger
  /** A database that is there already, e.g. that of another app, of which this one is then a second node. */
  readonly database?: TestDatabase
  /** The database is left as it is when the app is closed, to be looked at or used again, until the run ends. */
  readonly keepDatabase?: boolean
}

export interface CallOptions {
  /** The tk of the record. */
  readonly key?: string | number
  /** The tk of the parent, for resources such as `users.roles`. */
  readonly sourceId?: string | number
  /** What the query string would say. */
  readonly params?: Readonly<Record<string, unknown>>
}

/** Calls actions in process, without HTTP. */
export interface Caller {
  /**
   * Runs an action. `input` is what a POST would have in its body: the record, or the parameters of a reading action.
   * @returns the `data` of the answer
   * @throws AppError what the action throws
   */
  call(resource: string, action: string, input?: unknown, options?: CallOptions): Promise<ReceivedJson>
}

/** A whole server in this process, listening on a port of its own, on a database of its own. */
export interface TestApp {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly application: Application
  readonly database: TestDatabase
  /** The clock of the server. */
  readonly clock: FakeClock
  /** Sends a request and reads the answer, whatever its status. */
  request(method: string, path: string, options?: RequestOptions): Promise<TestResponse>
  /** Sends bytes as they are and returns everything that comes until the server closes or is silent: for tests of the protocol. */
  raw(bytes: string | Uint8Array, options?: RawOptions): Promise<string>
  /** Signs in: `root`, a user made with `user`, or any account with its password. @returns the token of a session */
  signIn(account: string, password?: string): Promise<string>
  /** Makes the user `<name>@example.com`, who also signs in. */
  user(name: string, options?: UserOptions): Promise<TestUser>
  /** Whoever has exactly this role; `anonymous` is nobody in particular. */
  as(role: string): Caller
  /** Makes a collection at run time, from types (`'string'`) or whole definitions (`{ type: 'string', required: true }`). */
  collection(name: string, fields: Readonly<Record<string, string | object>>): Promise<void>
  /** Lets a role call actions of a resource. The role is made when it does not exist. */
  grant(role: string, resource: string, actions: readonly string[], limits?: GrantLimits): Promise<void>
  /** Stops the server and drops its database. May be called again. */
  close(): Promise<void>
}

export interface GrantLimits {
  readonly fields?: readonly string[]
  readonly where?: Readonly<Record<string, unknown>>
}

async function startApplication(
  options: TestAppOptions,
  database: TestDatabase,
  clock: FakeClock,
): Promise<Application> {
  const { plugins = [], availablePlugins = [], settings = {} } = options
  weakenPasswordsForTests()
  const level = logLevel()
  const log = options.log ?? (level === undefined ? silentLogger : undefined)
  const application = await createApp({
    config: parseConfig(testSettings({ ...settings, DATABASE_URL: database.url, ...(level && { LOG_LEVEL: level }) })),
    mode: 'server',
    plugins: [...plugins, ...availablePlugins],
    clock,
    ...(log && { log }),
  })
  try {
    for (const { name } of plugins) await application.plugins.enable(name, 'testkit')
    return application
  } catch (error) {
    await application.stop()
    throw error
  }
}

function urlOf({ address, config }: Application): string {
  if (address === undefined) throw new Error('The server does not listen')
  return `http://${config.APP_HOST}:${address.port}`
}

const dataIn = (body: unknown): ReceivedJson =>
  typeof body === 'object' && body !== null && 'data' in body ? body.data : body

function callerFor(application: Application, accounts: Accounts, role: string): Caller {
  return {
    call: async (resource, action, input, { key, sourceId, params } = {}): Promise<ReceivedJson> => {
      const { body } = await application.call(resource, action, {
        principal: await accounts.principal(role),
        body: input,
        ...(key !== undefined && { key: String(key) }),
        ...(sourceId !== undefined && { sourceId: String(sourceId) }),
        ...(params && { params }),
      })
      return dataIn(body)
    },
  }
}

function makingPart(application: Application, accounts: Accounts): Pick<TestApp, 'collection' | 'grant'> {
  return {
    collection: async (name, definitions) => {
      const fields = Object.entries(definitions).map(([field, definition]) => ({
        name: field,
        ...(typeof definition === 'string' ? { type: definition } : definition),
      }))
      await application.call('collections', 'create', { body: { name, fields } })
    },
    grant: async (role, resource, actions, limits = {}) => {
      await accounts.ensureRole(role)
      await application.call('grants', 'create', { body: { role, resource, actions, ...limits } })
    },
  }
}

function handleOf(
  application: Application,
  database: TestDatabase,
  clock: FakeClock,
  drop: () => Promise<void>,
): TestApp {
  const url = urlOf(application)
  const accounts = new Accounts(application, url)
  let closing: Promise<void> | undefined
  const app: TestApp = {
    url,
    application,
    database,
    clock,
    request: (method, path, requestOptions) => send(url, method, path, requestOptions),
    raw: (bytes, rawOptions) => exchange(url, bytes, rawOptions),
    signIn: (account, password) => accounts.signIn(account, password),
    user: (name, userOptions = {}) => accounts.user(name, userOptions),
    as: (role) => callerFor(application, accounts, role),
    ...makingPart(application, accounts),
    close: () => (closing ??= application.stop().then(drop).finally(forget)),
  }
  const forget = rememberOpen(app)
  return app
}

/**
 * Starts a server for tests, in this process.
 *
 * @example
 * const app = await createTestApp({ plugins: [notes] })
 * await app.grant('member', 'notes', ['list'])
 * const answer = await app.request('GET', '/api/notes:list', { token: (await app.user('alice')).token })
 * await app.close()
 */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { clock = fakeClock(), settings = {} } = options
  const database = options.database ?? (await createDatabase({ started: !concernFirstStart(settings) }))
  const drop = async (): Promise<void> => {
    if (options.database === undefined && options.keepDatabase !== true) await database.drop()
  }
  try {
    const application = await startApplication(options, database, clock)
    return handleOf(application, database, clock, drop)
  } catch (error) {
    await drop()
    throw error
  }
}

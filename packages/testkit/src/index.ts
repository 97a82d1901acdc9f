// What tests of Postern and of its plugins use. Names here are public: changing one is a decision.
export {
  createTestApp,
  type Caller,
  type CallOptions,
  type GrantLimits,
  type TestApp,
  type TestAppOptions,
} from './test-app.js'
export { type TestUser, type UserOptions } from './accounts.js'
export { connect, type OpenConnection } from './administration.js'
export { createDatabase, type DatabaseOptions, type TestDatabase } from './database.js'
export { expectCleanDisable, type CleanDisableOptions } from './expect-clean-disable.js'
export { fakeClock, type FakeClock } from './fake-clock.js'
export { type HeadersToSend, type ReceivedJson, type RequestOptions, type TestResponse } from './http-client.js'
export { type RawOptions } from './raw-exchange.js'
export { type Settings } from './test-settings.js'
export { propertyRequests, type ServerKind } from './jest/environment.js'

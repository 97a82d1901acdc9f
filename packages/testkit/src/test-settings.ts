import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** By the names in the environment: `APP_KEY`, `LIMIT_PAGE_SIZE` … */
export type Settings = Readonly<Record<string, string>>

/** The first user of every test app. */
export const root = { email: 'root@example.com', password: 'the-password-of-root' } as const

/** A list that names nobody: an empty text would stand for the default. */
const none = ','

/** What a server under test is set to, unless the test says otherwise. */
export const testSettings = (settings: Settings): Settings => ({
  NODE_ENV: 'test',
  APP_HOST: '127.0.0.1',
  APP_PORT: '0',
  APP_KEY: 'Wq3vT9zLr5YkXc8HnJd2FbMa7PsGe4Ux',
  INIT_ROOT_EMAIL: root.email,
  INIT_ROOT_PASSWORD: root.password,
  PLUGINS: none,
  // With a DATABASE_URL and an APP_KEY the server keeps nothing there.
  STORAGE_DIR: join(tmpdir(), 'postern-test-no-storage'),
  ...settings,
})

/** Settings that only the first start of a database looks at: with one of these a test needs an empty database. */
export const concernFirstStart = (settings: Settings): boolean =>
  ['PLUGINS', 'INIT_ROOT_EMAIL', 'INIT_ROOT_PASSWORD'].some((name) => settings[name] !== undefined)

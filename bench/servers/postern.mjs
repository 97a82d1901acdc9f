// Postern as it is run: everything on, api-keys enabled. Its account and key are made from outside, over HTTP.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, parseConfig } from '@postern/core'
import { root } from '../built.mjs'

const storage = await mkdtemp(join(tmpdir(), 'postern-bench-'))
const config = parseConfig(
  {
    NODE_ENV: 'production',
    DATABASE_URL: process.env.DATABASE_URL,
    APP_PORT: '0',
    APP_KEY: process.env.APP_KEY,
    INIT_ROOT_PASSWORD: process.env.INIT_ROOT_PASSWORD,
    STORAGE_DIR: storage,
    PLUGINS: process.env.BENCH_PLUGINS ?? 'api-keys',
    LOG_LEVEL: 'warn',
    // Otherwise the cell 401 would measure the brake on whoever guesses.
    LIMIT_FAILED_CREDENTIALS: '0',
  },
  root,
)

const app = await createApp({ config, mode: 'server' })

async function stop() {
  await app.stop()
  await rm(storage, { recursive: true, force: true })
  process.exit()
}
process.once('SIGTERM', () => void stop())
process.once('disconnect', () => void stop())

process.send({ port: app.address.port })

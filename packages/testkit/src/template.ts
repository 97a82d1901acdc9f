import { createApp, parseConfig, silentLogger, weakenPasswordsForTests } from '@postern/core'
import { testSettings } from './test-settings.js'

/** Starts a server without plugins in an empty database, which migrates it and makes the first user, and stops it. */
export async function fillTemplate(url: string): Promise<void> {
  const config = parseConfig(testSettings({ DATABASE_URL: url }))
  weakenPasswordsForTests()
  const application = await createApp({ config, mode: 'server', log: silentLogger })
  await application.stop()
}

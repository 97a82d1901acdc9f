import { randomBytes } from 'node:crypto'
import { announceRun } from './environment.js'
import { startKeeper } from './keeper-process.js'

/** jest's global set-up: one embedded PostgreSQL for the whole run. */
export default async function globalSetup(): Promise<void> {
  const id = randomBytes(4).toString('hex')
  announceRun({ id, embedded: await startKeeper(id) })
}

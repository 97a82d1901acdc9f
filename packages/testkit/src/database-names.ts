import { randomBytes } from 'node:crypto'

/** What the names of a run's databases begin with. */
export const databasePrefix = (run: string): string => `postern_test_${run}_`

export const templateName = (run: string): string => `${databasePrefix(run)}template`

export const newDatabaseName = (run: string): string => databasePrefix(run) + randomBytes(6).toString('hex')

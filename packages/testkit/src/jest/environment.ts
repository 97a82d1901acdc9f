// What the run knows, handed from jest's own process to its workers. Nothing else of testkit looks at the environment.

const names = { embedded: 'TESTKIT_EMBEDDED_URL', postgresql: 'TESTKIT_POSTGRESQL_URL', run: 'TESTKIT_RUN' } as const

/** The two kinds of server that a suite runs on. */
export type ServerKind = 'embedded' | 'postgresql'

export interface Run {
  /** Part of the name of every database of this run, so that those left over can be found and dropped. */
  readonly id: string
  readonly embedded: string
  readonly postgresql: string | undefined
}

export const announceRun = ({ id, embedded }: Omit<Run, 'postgresql'>): void => {
  process.env[names.run] = id
  process.env[names.embedded] = embedded
}

/** Called while the configuration is read, before there is a run. An empty text takes back what an outer jest announced. */
export const announcePostgresql = (url: string | undefined): void => {
  process.env[names.postgresql] = url ?? ''
}

export const announcedPostgresql = (): string | undefined => process.env[names.postgresql] || undefined

/** Undefined when jest's global set-up of testkit did not run. */
export const announcedRun = (): Run | undefined => {
  const [id, embedded] = [process.env[names.run], process.env[names.embedded]]
  if (id === undefined || embedded === undefined) return undefined
  return { id, embedded, postgresql: announcedPostgresql() }
}

/** Where whoever runs the tests keeps a real PostgreSQL. */
export const givenDatabase = (): string | undefined => process.env['DATABASE_URL'] || undefined

/** `TESTKIT_LOG=debug` shows what the servers under test log, from this level on. */
export const logLevel = (): string | undefined => process.env['TESTKIT_LOG'] || undefined

const usualRequests = 1000

/**
 * How many requests a property test makes: what `FUZZ=` says, else what the jest project says
 * (`globals: { propertyRequests }`), else 1,000.
 *
 * @example
 * await fc.assert(property, { seed, numRuns: propertyRequests() })
 */
export function propertyRequests(): number {
  const given = Number(process.env['FUZZ'] || Reflect.get(globalThis, 'propertyRequests') || usualRequests)
  if (Number.isInteger(given) && given > 0) return given
  throw new Error(`FUZZ= says how many requests a property makes, and it is "${process.env['FUZZ']}"`)
}

/** The server that the jest project chose for this suite (`globals: { testkitServer }`); the embedded one otherwise. */
export const chosenServer = (): ServerKind => {
  const chosen: unknown = Reflect.get(globalThis, 'testkitServer')
  return chosen === 'postgresql' ? 'postgresql' : 'embedded'
}

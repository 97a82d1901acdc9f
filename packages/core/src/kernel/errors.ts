/** The holes of a message, as an object type: 'Note {id} is locked' → { id: string | number }. */
type Holes<M extends string> = M extends `${string}{${infer K}}${infer R}`
  ? { readonly [P in K]: string | number } & Holes<R>
  : unknown

type Arguments<M extends string> =
  unknown extends Holes<M> ? [details?: undefined, cause?: unknown] : [details: Holes<M>, cause?: unknown]

export interface ErrorSpec {
  /** HTTP status that the error has on the wire. */
  readonly status: number
  /** A sentence that is safe to show to any caller; `{holes}` become required arguments. */
  readonly message: string
  /** What to do next. Shown by the CLI and in the log, never on the wire. */
  readonly hint?: string
}

export type ErrorFactories<S extends Record<string, ErrorSpec>> = {
  readonly [K in keyof S]: (...args: Arguments<S[K]['message']>) => AppError
}

/**
 * An error that somebody threw on purpose: a stable code, an HTTP status, a sentence safe to show.
 * `cause` goes to the log and never to the caller.
 */
export class AppError extends Error {
  /** Where in the input the fault is, e.g. `filter.title.$foo` or `2.name`. */
  path: string | undefined
  /** A machine-readable detail of a 401, given only to a caller who proved the whole secret. */
  reason: string | undefined
  /** Response headers that belong to the error, e.g. `Allow` or `Retry-After`. */
  headers: Readonly<Record<string, string>> | undefined
  /** All faults of one input when there are several; this error is the first of them. */
  all: readonly AppError[] | undefined

  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly hint?: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'AppError'
  }

  at(path: string): this {
    this.path = path
    return this
  }

  because(reason: string): this {
    this.reason = reason
    return this
  }

  withHeaders(headers: Readonly<Record<string, string>>): this {
    this.headers = { ...this.headers, ...headers }
    return this
  }
}

/** One error for several faults of one input: the status of the first, an entry for each. */
export function combineErrors(faults: readonly [AppError, ...AppError[]]): AppError {
  const [first] = faults
  if (faults.length > 1) first.all = faults
  return first
}

interface DefinedError extends ErrorSpec {
  readonly code: string
}

const catalogue = new Map<string, DefinedError>()

/** Every error defined so far, sorted by code: what `docs/errors.md` is generated from and tested against. */
export function definedErrors(): readonly DefinedError[] {
  return [...catalogue.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}

const fill = (message: string, details: Readonly<Record<string, unknown>> | undefined): string =>
  details === undefined ? message : message.replace(/\{(\w+)\}/g, (_, hole: string) => String(details[hole]))

/**
 * Makes an error with or without a stack. An error that blames the caller needs none: its code says where it comes
 * from, and making the stack would be most of the cost of refusing a request.
 */
export function withStack<T>(isWanted: boolean, make: () => T): T {
  if (isWanted) return make()
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = limit
  }
}

/**
 * Declares a catalogue of errors.
 *
 * @example
 * const errors = defineErrors('NOTES', { LOCKED: { status: 409, message: 'Note {id} is locked' } })
 * throw errors.LOCKED({ id: 7 }) // 409, code NOTES_LOCKED
 */
export function defineErrors<const S extends Record<string, ErrorSpec>>(prefix: string, specs: S): ErrorFactories<S> {
  const factory = (key: string, spec: ErrorSpec) => {
    const code = prefix === '' ? key : `${prefix}_${key}`
    catalogue.set(code, { code, ...spec })
    return (details?: Readonly<Record<string, unknown>>, cause?: unknown) =>
      withStack(
        spec.status >= 500,
        () => new AppError(code, spec.status, fill(spec.message, details), spec.hint, cause),
      )
  }
  const entries = Object.entries(specs).map(([key, spec]) => [key, factory(key, spec)])
  // The mapped type restates what the loop builds; Object.fromEntries cannot express it.
  return Object.fromEntries(entries) as ErrorFactories<S>
}

/** What the server needs of a logger; pino is one. */
export interface Logger {
  trace(fields: object, message?: string): void
  trace(message: string): void
  debug(fields: object, message?: string): void
  debug(message: string): void
  info(fields: object, message?: string): void
  info(message: string): void
  warn(fields: object, message?: string): void
  warn(message: string): void
  error(fields: object, message?: string): void
  error(message: string): void
  child(bindings: Record<string, unknown>): Logger
}

const ignore = (): void => undefined

/** Says nothing: for tools and tests that have no place for a log. */
export const silentLogger: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLogger,
}

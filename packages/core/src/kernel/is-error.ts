import { types } from 'node:util'

/** Also errors of another realm: in jest, Node's own are not of the `Error` that the code under test knows. */
export const isError = (value: unknown): value is Error => value instanceof Error || types.isNativeError(value)

/** The `code` of an error, as Node and PostgreSQL give it. */
export const codeOf = (error: unknown): string | undefined =>
  isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined

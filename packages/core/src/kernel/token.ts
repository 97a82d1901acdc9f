declare const type: unique symbol

/** A typed name for a service. Importing the token is how one plugin depends on another. */
export interface Token<T> {
  readonly id: string
  readonly [type]?: T
}

export type Tokens = Readonly<Record<string, Token<unknown>>>
export type Resolved<D extends Tokens> = { readonly [K in keyof D]: D[K] extends Token<infer T> ? T : never }

/** Makes a service token. Two tokens are the same when their id is the same. */
export const createToken = <T>(id: string): Token<T> => ({ id })

/** Looks a service up by its token. */
export function serviceOf<T>(services: { get(name: string): unknown }, token: Token<T>): T | undefined {
  // A service is registered under its token's id with the token's type: `provide` sees to that.
  return services.get(token.id) as T | undefined
}

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

/** Are two types the same, not only assignable to each other? */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only when the type argument is `true`; does nothing when it runs. */
export const isTrue = <T extends true>(): T | undefined => undefined

/** Compiles only when the value has exactly the type. */
export const hasType =
  <T>() =>
  <V>(_value: V, ..._same: Equal<V, T> extends true ? [] : [never]): undefined =>
    undefined

/** Code that is there to be compiled and never to be run. */
export const compiles = (_code: () => unknown): boolean => true

import type { z } from 'zod'

/** What may be said of a field, in the words of JSON Schema (HTTP contract §8). Plain data: it can be stored and sent. */
export interface FieldOptions {
  readonly title?: string
  readonly description?: string
  /** Must be given and must not be null. */
  readonly required?: boolean
  readonly unique?: boolean
  readonly index?: boolean
  /** Never leaves the server, not even for `root`; cannot be filtered or sorted by. */
  readonly hidden?: boolean
  /** Set by the server only; 400 in a body. */
  readonly readOnly?: boolean
  readonly default?: unknown
  /** Characters (Unicode code points). */
  readonly minLength?: number
  readonly maxLength?: number
  /** A regular expression (Unicode) that must be found in the text. */
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly string[]
  /** Decimals: digits in all, and digits behind the point. */
  readonly precision?: number
  readonly scale?: number
}

/** Which filter operators a field understands. */
export type OperatorGroup = 'text' | 'number' | 'boolean' | 'date' | 'id' | 'json' | 'array'

/** One kind of field: one file in `fields/`. */
export interface FieldKind<T = unknown> {
  readonly kind: string
  /** The options, beside the general ones, that mean something for this kind. */
  readonly accepts: readonly (keyof FieldOptions)[]
  /** General options that mean nothing for this kind. */
  readonly refuses?: readonly (keyof FieldOptions)[]
  readonly operators: OperatorGroup
  /** Checks one JSON value that is not null, and gives what is to be stored. */
  schema(options: FieldOptions): z.ZodType<T>
  /** Numbers may come as text, which keeps every digit. */
  readonly takesDigits?: true
  /** Reads a value from a query string, where everything is text. What it cannot read it leaves for the check. */
  readonly fromText?: (text: string) => unknown
  /** The driver's form of a checked value, where it differs from the JSON one. */
  encode?(value: T): unknown
  /** Makes the value when none was given. */
  readonly generate?: () => T
  /** The form in which a checked value is stored where making it takes time, such as a hash. Nothing leads back. */
  seal?(value: T): Promise<string>
  /** Hidden whatever the options say. */
  readonly writeOnly?: true
  /** Has an index whatever the options say. */
  readonly indexed?: true
  /** A record without a value gets the next whole number of its collection. */
  readonly counts?: true
  /** At most one record of the collection holds `true`: who sets it takes it from the others. */
  readonly exclusive?: true
  /** What is wrong with the definition itself, e.g. an enumeration without values. */
  problem?(options: FieldOptions): string | undefined
}

/** A field as data: what a collection is defined with, in code and over HTTP. */
export interface FieldDefinition {
  readonly kind: string
  readonly options: FieldOptions
}

/** A field in code: the definition, and in its type what a row holds and whether callers may leave it out. */
export interface Field<T, Optional extends boolean = boolean> extends FieldDefinition {
  readonly optional: Optional
  readonly fallback?: T
  /** Fills itself when absent. */
  readonly generated?: true
  /** May be absent or null. */
  maybe(): Field<T, true>
  /** Takes this value when none is given; never null. */
  default(value: T): Field<T, true> & { readonly fallback: T }
}

export type Shape = Readonly<Record<string, Field<unknown>>>
type ValueOf<F> = F extends Field<infer T, boolean> ? T : never
type OptionalKeys<S extends Shape> = { [K in keyof S]: S[K]['optional'] extends true ? K : never }[keyof S]
type Nullable<F, Missing> = F extends { readonly fallback: infer T }
  ? T
  : F extends { readonly generated: true } | { readonly optional: false }
    ? ValueOf<F>
    : ValueOf<F> | Missing

/** Shows an intersection as the one object type that it is, in messages of the compiler too. */
export type Flat<T> = { [K in keyof T]: T[K] }

/** What a caller may send. Leaving a field out is how a default is taken: null is for fields that may be null. */
export type InputOf<S extends Shape> = Flat<
  { [K in Exclude<keyof S, OptionalKeys<S>>]: ValueOf<S[K]> } & {
    [K in OptionalKeys<S>]?: Nullable<S[K], null>
  }
>
/** What a row holds: a field that may be absent is null. */
export type RowOf<S extends Shape> = { readonly [K in keyof S]: Nullable<S[K], null> }
/** What `options` of a plugin hold once defaults are applied. */
export type OptionsOf<S extends Shape> = { readonly [K in keyof S]: Nullable<S[K], undefined> }

/** Makes a field of a kind; what `f` is built from. */
export function fieldOf<T>(kind: string, options: FieldOptions = {}): Field<T, false> {
  const build = <O extends boolean>(optional: O, extra: FieldOptions): Field<T, O> => ({
    kind,
    options: { ...options, ...extra },
    optional,
    maybe: () => build(true, { required: false }),
    // Rows hold the default or a value, as their type says: null is refused.
    default: (fallback: T) => ({ ...build(true, { required: true, default: fallback }), fallback }),
  })
  return build(false, { required: true })
}

/** A field of a kind that makes its own values: callers may leave it out, and it is never null. */
export const generatedFieldOf = <T>(
  kind: string,
  options?: FieldOptions,
): Field<T, true> & { readonly generated: true } => ({
  ...fieldOf<T>(kind, options),
  optional: true,
  generated: true,
})

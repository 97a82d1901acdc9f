import { z } from 'zod'
import { wire } from '../kernel/wire-errors.js'
import type { Field, FieldDefinition, Flat, InputOf, RowOf } from './field.js'

export const relationTypes = ['belongsTo', 'hasOne', 'hasMany', 'belongsToMany'] as const
export type RelationType = (typeof relationTypes)[number]

/** What the database does with a row whose target is deleted. */
export const deleteRules = ['CASCADE', 'SET NULL', 'RESTRICT'] as const
export type DeleteRule = (typeof deleteRules)[number]

/** What may be said of a relation (HTTP contract §8). Plain data: it can be stored and sent. */
export interface RelationOptions {
  readonly title?: string
  readonly description?: string
  /** `belongsTo`: the key must be given. */
  readonly required?: boolean
  /** Never leaves the server, and cannot be asked for. */
  readonly hidden?: boolean
  /** The collection that it leads to. */
  readonly target: string
  /** The field that holds the key: of this collection (`belongsTo`), of the target, or of the collection of links. */
  readonly foreignKey?: string
  /** `belongsToMany`: the field of the collection of links that holds the target's key. */
  readonly otherKey?: string
  /** `belongsToMany`: the collection of links. */
  readonly through?: string
  /** The field of this collection that keys refer to; `id` unless said otherwise. */
  readonly sourceKey?: string
  /** The field of the target that keys refer to; `id` unless said otherwise. */
  readonly targetKey?: string
  /** `SET NULL` unless said otherwise, `RESTRICT` where the key is required; links go with either of their ends. */
  readonly onDelete?: DeleteRule
}

/** A relation as data: what stands among the fields of a collection, in code and over HTTP. */
export interface RelationDefinition {
  readonly kind: RelationType
  readonly options: RelationOptions
}

/** What a collection is defined with: fields with a value of their own, and relations. */
export type MemberDefinition = FieldDefinition | RelationDefinition

/**
 * A relation in code. With `belongsTo`, rows hold the key: `Key` is its name where one was given, undefined where it is
 * `<relation>Id`, and null where the collection has a field of its own for it. The related records themselves come only
 * where they are asked for.
 */
export interface Relation<
  Key extends string | null | undefined = string | null | undefined,
  Optional extends boolean = boolean,
> extends RelationDefinition {
  readonly optional: Optional
  /** Only in the type. */
  readonly key?: Key
}

/** The members of a collection in code. */
export type CollectionShape = Readonly<Record<string, Field<unknown> | Relation>>

type FieldsOf<S extends CollectionShape> = {
  [K in keyof S as S[K] extends Field<unknown> ? K : never]: S[K] extends Field<unknown> ? S[K] : never
}
type KeyName<Name, Key> = Key extends string
  ? Key
  : Key extends null
    ? never
    : Name extends string
      ? `${Name}Id`
      : never
/** The names of the keys that are not fields of their own. */
type KeyNameOf<S extends CollectionShape, K extends keyof S, Optional extends boolean> =
  S[K] extends Relation<infer Key, infer O> ? (O extends Optional ? Exclude<KeyName<K, Key>, keyof S> : never) : never
type RequiredKeys<S extends CollectionShape> = { [K in keyof S as KeyNameOf<S, K, false>]: number }
type OptionalKeys<S extends CollectionShape> = { [K in keyof S as KeyNameOf<S, K, true>]: number | null }

/** What a row of a collection holds. */
export type CollectionRow<S extends CollectionShape> = Readonly<
  Flat<RowOf<FieldsOf<S>> & RequiredKeys<S> & OptionalKeys<S>>
>
/** What a caller may send for a row of a collection. */
export type CollectionInput<S extends CollectionShape> = Flat<
  InputOf<FieldsOf<S>> & RequiredKeys<S> & Partial<OptionalKeys<S>>
>

type CommonOptions = Omit<RelationOptions, 'target' | 'required'>
type BelongsToOptions = Pick<
  RelationOptions,
  'title' | 'description' | 'required' | 'hidden' | 'foreignKey' | 'targetKey' | 'onDelete'
>
type HasOptions = Omit<CommonOptions, 'targetKey' | 'otherKey' | 'through'>
type KeyOf<O> = O extends { readonly targetKey: string }
  ? null
  : O extends { readonly foreignKey: infer Key extends string }
    ? Key
    : undefined
type IsOptional<O> = O extends { readonly required: true } ? false : true

const relationOf = (kind: RelationType, target: string, options: Omit<RelationOptions, 'target'> = {}) => ({
  kind,
  options: { ...options, target },
})

/** Relations in code; part of `f`. */
export const relations = {
  /** One record of the target, whose key every row holds: in `<relation>Id`, unless `foreignKey` names it. */
  belongsTo: <const O extends BelongsToOptions = Readonly<Record<never, never>>>(
    target: string,
    options?: O,
  ): Relation<KeyOf<O>, IsOptional<O>> => {
    const relation = relationOf('belongsTo', target, options)
    // The type follows the options that the caller wrote.
    return { ...relation, optional: options?.required !== true } as Relation<KeyOf<O>, IsOptional<O>>
  },
  /** The record of the target that holds this one's key. */
  hasOne: (target: string, options?: HasOptions): Relation<null> => ({
    ...relationOf('hasOne', target, options),
    optional: true,
  }),
  /** The records of the target that hold this one's key. */
  hasMany: (target: string, options?: HasOptions): Relation<null> => ({
    ...relationOf('hasMany', target, options),
    optional: true,
  }),
  /** Records of the target, linked by rows of a collection of their own. */
  belongsToMany: (target: string, options?: CommonOptions): Relation<null> => ({
    ...relationOf('belongsToMany', target, options),
    optional: true,
  }),
}

const isRelationType = (kind: unknown): kind is RelationType => relationTypes.some((type) => type === kind)

export const isRelation = (definition: { readonly kind: string }): definition is RelationDefinition =>
  isRelationType(definition.kind)

export const leadsToMany = (type: RelationType): boolean => type === 'hasMany' || type === 'belongsToMany'

const text = z.string().max(255)
const name = z.string().min(1).max(63)

export const relationOptionSchemas: { readonly [K in keyof Required<RelationOptions>]: z.ZodType } = {
  title: text,
  description: z.string().max(10_000),
  required: z.boolean(),
  hidden: z.boolean(),
  target: name,
  foreignKey: name,
  otherKey: name,
  through: name,
  sourceKey: name,
  targetKey: name,
  onDelete: z.enum(deleteRules),
}

/** The options, beside the general ones, that mean something for each type. */
const accepts: Readonly<Record<RelationType, readonly string[]>> = {
  belongsTo: ['required', 'targetKey'],
  hasOne: ['sourceKey'],
  hasMany: ['sourceKey'],
  belongsToMany: ['otherKey', 'through', 'sourceKey', 'targetKey'],
}
const general = ['title', 'description', 'hidden', 'target', 'foreignKey', 'onDelete']

const isOption = (option: string): option is keyof RelationOptions => Object.hasOwn(relationOptionSchemas, option)

function checkOption(type: RelationType, option: string, value: unknown): void {
  if (!isOption(option)) throw wire.UNKNOWN_FIELD({ name: option }).at(option)
  if (!general.includes(option) && !accepts[type].includes(option)) {
    throw wire.INVALID_VALUE({ problem: `a relation of type ${type} has no ${option}` }).at(option)
  }
  const result = relationOptionSchemas[option].safeParse(value)
  if (result.success) return
  throw wire.INVALID_VALUE({ problem: `${option}: ${result.error.issues[0]?.message ?? 'not valid'}` }).at(option)
}

/**
 * Checks the definition of a relation as it comes over HTTP: `{type, target, …}` without its name.
 *
 * @returns undefined when it is the definition of a field
 * @throws 400 INVALID_VALUE or UNKNOWN_FIELD with the option as path
 */
export function parseRelationDefinition(input: Readonly<Record<string, unknown>>): RelationDefinition | undefined {
  const { type, ...rest } = input
  if (!isRelationType(type)) return undefined
  const options = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
  for (const [option, value] of Object.entries(options)) checkOption(type, option, value)
  const { target, onDelete, required } = options
  if (typeof target !== 'string') {
    throw wire.INVALID_VALUE({ problem: 'a relation needs the name of its target collection' }).at('target')
  }
  if (type === 'belongsToMany' && onDelete === 'SET NULL') {
    throw wire.INVALID_VALUE({ problem: 'a link cannot lead nowhere: CASCADE or RESTRICT' }).at('onDelete')
  }
  if (required === true && onDelete === 'SET NULL') {
    throw wire.INVALID_VALUE({ problem: 'a key that is required cannot be set to null' }).at('onDelete')
  }
  return { kind: type, options: { ...options, target } }
}

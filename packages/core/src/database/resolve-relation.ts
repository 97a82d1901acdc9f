import { wire } from '../kernel/wire-errors.js'
import type { RelationType } from '../schema/relation.js'
import type { CompiledField } from '../schema/shape.js'
import type { CompiledCollection } from './collection.js'
import type { CompiledRelation } from './relation.js'

/** The rows that link two collections. */
export interface Link {
  readonly collection: CompiledCollection
  /** Holds the key of the source. */
  readonly here: CompiledField
  /** Holds the key of the target. */
  readonly there: CompiledField
}

/** A relation between collections that are there: two fields that are equal, or that a row of a third makes equal. */
export interface ResolvedRelation {
  readonly name: string
  readonly type: RelationType
  readonly many: boolean
  readonly source: CompiledCollection
  readonly target: CompiledCollection
  readonly here: CompiledField
  readonly there: CompiledField
  readonly link: Link | undefined
}

/** As in addresses and grants: `posts.comments`. */
export const addressOf = ({ source, name }: Pick<ResolvedRelation, 'source' | 'name'>): string =>
  `${source.name}.${name}`

export interface Collections {
  get(name: string): CompiledCollection | undefined
}

function resolveLink(collections: Collections, relation: CompiledRelation): Link | undefined {
  const collection = collections.get(relation.through)
  const here = collection?.fields.get(relation.foreignKey)
  const there = collection?.fields.get(relation.otherKey)
  return collection && here && there && { collection, here, there }
}

function fieldsOf(source: CompiledCollection, target: CompiledCollection, relation: CompiledRelation) {
  const { type, foreignKey, sourceKey, targetKey } = relation
  if (type === 'belongsTo') return [source.fields.get(foreignKey), target.fields.get(targetKey)]
  if (type === 'belongsToMany') return [source.fields.get(sourceKey), target.fields.get(targetKey)]
  return [source.fields.get(sourceKey), target.fields.get(foreignKey)]
}

/** Finds what a relation leads to. @returns undefined when its target, its links or one of its keys is not there (any more) */
export function resolveRelation(
  collections: Collections,
  source: CompiledCollection,
  name: string,
): ResolvedRelation | undefined {
  const relation = source.relations.get(name)
  const target = relation && (relation.target === source.name ? source : collections.get(relation.target))
  if (!target) return undefined
  const [here, there] = fieldsOf(source, target, relation)
  const link = relation.type === 'belongsToMany' ? resolveLink(collections, relation) : undefined
  if (!here || !there || (relation.type === 'belongsToMany' && !link)) return undefined
  return { name, type: relation.type, many: relation.many, source, target, here, there, link }
}

/** The definition is at fault. */
export function leadsNowhere({ name }: CompiledCollection, relation: CompiledRelation): Error {
  const { type, target, through, foreignKey, otherKey } = relation
  const needed =
    type === 'belongsToMany'
      ? `collections "${target}" and "${through}", the latter with the fields "${foreignKey}" and "${otherKey}"`
      : type === 'belongsTo'
        ? `a collection "${target}"`
        : `a collection "${target}" with a field "${foreignKey}"`
  return wire.INVALID_VALUE({ problem: `the relation ${name}.${relation.name} needs ${needed}` }).at(relation.name)
}

import { f } from '../schema/f.js'
import { isRelation } from '../schema/relation.js'
import { defineCollection, type Collection, type PlainCollection } from './collection.js'
import { compileRelation, type CompiledRelation } from './relation.js'

const options = { hidden: true, timestamps: false, createdBy: false, updatedBy: false } as const

/** The collection of the links of a `belongsToMany` that names none. */
export const linksOf = (relation: CompiledRelation): Collection =>
  defineCollection(
    relation.through,
    { [relation.foreignKey]: f.bigInt({ index: true }), [relation.otherKey]: f.bigInt({ index: true }) },
    options,
  )

/** The many-to-many relations of a collection. */
export const linkedBy = ({ name, fields }: Pick<PlainCollection, 'name' | 'fields'>): CompiledRelation[] =>
  Object.entries(fields).flatMap(([member, definition]) =>
    isRelation(definition) && definition.kind === 'belongsToMany' ? [compileRelation(name, member, definition)] : [],
  )

const hasFields = (collection: unknown): boolean =>
  typeof collection === 'object' && collection !== null && 'fields' in collection

/** Adds the collections of links that a plugin did not define itself. Only its own code reaches them. */
export function withLinks(collections: readonly Collection[]): readonly Collection[] {
  const known = new Set(collections.map(({ name }) => name))
  const added: Collection[] = []
  // What plain JavaScript calls a collection may be none: that is for the doctor to say.
  for (const relation of collections.filter(hasFields).flatMap(linkedBy)) {
    if (known.has(relation.through)) continue
    const links = linksOf(relation)
    known.add(relation.through)
    added.push({ ...links, options: { ...links.options, internal: true } })
  }
  return [...collections, ...added]
}

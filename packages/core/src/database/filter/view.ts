import { didYouMean } from '../../kernel/nearest-name.js'
import { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import type { CompiledField } from '../../schema/shape.js'
import type { CompiledCollection } from '../collection.js'
import { resolveRelation, type ResolvedRelation } from '../resolve-relation.js'
import { always, type Condition } from './condition.js'
import type { FilterOptions, Sight } from './filter-options.js'
import { invalidFilter } from './invalid-filter.js'

/** One collection as a filter may see it. */
export class View {
  private constructor(
    readonly collection: CompiledCollection,
    private readonly sight: Sight,
    private readonly options: FilterOptions,
    private readonly invalid: typeof invalidFilter,
  ) {}

  /** @param invalid the error for what is not there */
  static of(collection: CompiledCollection, options: FilterOptions, invalid = invalidFilter): View {
    const { readable, followable } = options
    return new View(collection, { readable, followable, rows: always }, options, invalid)
  }

  /** Which of its records count: those that the caller may see. */
  get rows(): Condition {
    return this.sight.rows
  }

  /** @throws 400 for a field that there is not, or that nobody may see; 403 for one that the caller may not read */
  field(name: string, path: string): CompiledField {
    const field = this.collection.fields.get(name)
    if (!field || (field.options.hidden === true && this.options.trusted !== true)) throw this.#unknown(name, path)
    if (this.sight.readable && !this.sight.readable.has(name)) {
      throw wire.NO_PERMISSION({ target: `the field ${this.collection.name}.${name}` }).at(path)
    }
    return field
  }

  /** @returns undefined when there is no relation of that name */
  relation(name: string, path: string): ResolvedRelation | undefined {
    const compiled = this.collection.relations.get(name)
    if (!compiled) return undefined
    const { collections } = this.collection
    const isTrusted = this.options.trusted === true
    const get = (target: string) => (isTrusted ? collections.lookUp(target) : collections.get(target))
    const relation = resolveRelation({ get }, this.collection, name)
    if (!relation || (!isTrusted && (compiled.hidden || relation.target.options.internal === true))) {
      throw this.#unknown(name, path)
    }
    return relation
  }

  /** The records behind a relation. @throws 403 when the caller may not follow it */
  through(relation: ResolvedRelation, path: string): View {
    return new View(relation.target, this.#behind(relation, path), this.options, this.invalid)
  }

  #behind(relation: ResolvedRelation, path: string): Sight {
    const { related } = this.options
    if (!related) return { readable: undefined, followable: undefined, rows: always }
    try {
      return related(relation, this.sight.followable)
    } catch (error) {
      throw error instanceof AppError ? error.at(path) : error
    }
  }

  #unknown(name: string, path: string): Error {
    return this.invalid(`there is no field "${name}"${didYouMean(name, this.#names())}`, path)
  }

  /** What the caller may know of. */
  #names(): readonly string[] {
    const { readable, followable } = this.sight
    const relations = [...this.collection.relations.values()].filter(
      ({ name, hidden }) => !hidden && (followable === undefined || followable.has(name)),
    )
    return [...(readable ?? this.collection.visible), ...relations.map(({ name }) => name)]
  }
}

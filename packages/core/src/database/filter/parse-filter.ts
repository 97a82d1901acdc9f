import type { AppError } from '../../kernel/errors.js'
import { didYouMean } from '../../kernel/nearest-name.js'
import { wire } from '../../kernel/wire-errors.js'
import type { CompiledField } from '../../schema/shape.js'
import type { CompiledCollection } from '../collection.js'
import { always, type Condition } from './condition.js'
import { filterLimits, invalidFilter, type FilterOptions } from './filter-options.js'
import { isObject, type Members } from './members.js'
import { Operands } from './operands.js'
import { operators, type Operator } from './operators.js'

const noOperator = (name: string, known: readonly string[], path: string): AppError =>
  invalidFilter(`there is no operator "${name}"${didYouMean(name, known)}`, path)

const applies = ({ groups, kinds }: Operator, { kind }: CompiledField): boolean =>
  (groups === undefined || groups.includes(kind.operators)) && (kinds === undefined || kinds.includes(kind.kind))

/**
 * Parses a filter (HTTP contract §3) against a collection.
 *
 * @throws 400 INVALID_FILTER with `path`; 403 NO_PERMISSION for a field that the caller may not read
 */
export function parseFilter(collection: CompiledCollection, filter: unknown, options: FilterOptions = {}): Condition {
  return new FilterParser(collection, options).parse(filter)
}

class FilterParser {
  readonly #path: string
  readonly #operands: Operands

  constructor(
    private readonly collection: CompiledCollection,
    private readonly options: FilterOptions,
  ) {
    this.#path = options.path ?? 'filter'
    this.#operands = new Operands(options, this.#path)
  }

  parse(filter: unknown): Condition {
    if (filter === undefined || filter === null) return always
    return this.#object(filter, this.#path, 1)
  }

  #object(filter: unknown, path: string, depth: number): Condition {
    if (!isObject(filter)) throw invalidFilter('it must be an object', path)
    if (depth > filterLimits.depth) throw this.#operands.tooDeep()
    const conditions = Object.keys(filter).map((key) => this.#member(key, filter[key], `${path}.${key}`, depth))
    const [only] = conditions
    return conditions.length === 1 && only ? only : { type: 'all', conditions }
  }

  #member(key: string, value: unknown, path: string, depth: number): Condition {
    if (key === '$and') return { type: 'all', conditions: this.#branches(value, path, depth) }
    if (key === '$or') {
      const conditions = this.#branches(value, path, depth)
      if (conditions.length === 0) throw invalidFilter('$or needs at least one condition', path)
      return { type: 'any', conditions }
    }
    if (key === '$not') return { type: 'not', condition: this.#object(value, path, depth + 1) }
    if (key.startsWith('$')) throw noOperator(key, ['$and', '$or', '$not'], path)
    return this.#field(this.#fieldNamed(key, path), value, path, depth)
  }

  #branches(value: unknown, path: string, depth: number): Condition[] {
    // qs turns `$or[0][a]=1` into a list, and into an object with the indexes as keys above its own limit.
    if (!Array.isArray(value)) throw invalidFilter('it must be a list of conditions', path)
    this.#operands.count(value.length)
    return value.map((branch, index) => this.#object(branch, `${path}.${index}`, depth + 1))
  }

  #fieldNamed(name: string, path: string): CompiledField {
    const field = this.collection.fields.get(name)
    if (!field || (field.options.hidden === true && this.options.trusted !== true)) {
      throw invalidFilter(`there is no field "${name}"${didYouMean(name, this.#names())}`, path)
    }
    if (this.options.readable && !this.options.readable.has(name)) {
      throw wire.NO_PERMISSION({ target: `the field ${this.collection.name}.${name}` }).at(path)
    }
    return field
  }

  /** What the caller may know of. */
  #names(): readonly string[] {
    const { readable } = this.options
    return readable ? [...readable] : this.collection.visible
  }

  #field(field: CompiledField, value: unknown, path: string, depth: number): Condition {
    if (isObject(value)) return this.#tests(field, value, path, depth)
    const implied = Array.isArray(value) ? (field.kind.operators === 'array' ? '$match' : '$in') : '$eq'
    return this.#test(field, implied, value, path)
  }

  #tests(field: CompiledField, tests: Members, path: string, depth: number): Condition {
    const names = Object.keys(tests)
    if (names.length === 0) throw invalidFilter(`it names no operator for "${field.name}"`, path)
    const conditions = names.map((name): Condition => {
      const inner = `${path}.${name}`
      if (name !== '$not') return this.#test(field, name, tests[name], inner)
      if (depth >= filterLimits.depth) throw this.#operands.tooDeep()
      return { type: 'not', condition: this.#field(field, tests[name], inner, depth + 1) }
    })
    const [only] = conditions
    return conditions.length === 1 && only ? only : { type: 'all', conditions }
  }

  #test(field: CompiledField, name: string, operand: unknown, path: string): Condition {
    const operator = operators.get(name)
    if (!operator) {
      const known = [...operators.values()].filter((one) => applies(one, field))
      throw noOperator(name, ['$not', ...known.map((one) => one.name)], path)
    }
    if (!applies(operator, field)) {
      throw invalidFilter(`${name} does not apply to the ${field.kind.kind} field "${field.name}"`, path)
    }
    return { type: 'test', field, operator, operand: this.#operands.read(field, operator, operand, path) }
  }
}

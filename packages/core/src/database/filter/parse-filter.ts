import type { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import { ExactNumber, jsonValueFor } from '../../schema/exact-number.js'
import { isStorableJson, unstorable } from '../../schema/fields/json.js'
import { isStorableText } from '../../schema/fields/text-checks.js'
import type { CompiledField } from '../../schema/shape.js'
import type { CompiledCollection } from '../collection.js'
import { always, type Condition } from './condition.js'
import { operators, type Operator } from './operators.js'

/** The settings that bound a filter (HARDENING, Limits). */
export const filterLimits = { depth: 10, values: 500 }

export interface FilterOptions {
  /** The fields that the caller may read; all visible ones when absent. Filtering is reading. */
  readonly readable?: ReadonlySet<string> | undefined
  /** The values of `{{$user.id}}` and the like. */
  readonly variable?: ((name: string) => unknown) | undefined
  /** The filter came bracket-nested in a query string: every leaf is text and is read by the field's type. */
  readonly textual?: boolean
  /** The server's own filter: hidden fields may be named. */
  readonly trusted?: boolean
  /** Where the filter stands in the input. */
  readonly path?: string
}

type Members = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof ExactNumber)

const invalid = (problem: string, path: string): AppError => wire.INVALID_FILTER({ problem }).at(path)

/**
 * Parses a filter (HTTP contract §3) against a collection.
 *
 * @throws 400 INVALID_FILTER with `path`; 403 NO_PERMISSION for a field that the caller may not read
 */
export function parseFilter(collection: CompiledCollection, filter: unknown, options: FilterOptions = {}): Condition {
  return new FilterParser(collection, options).parse(filter)
}

class FilterParser {
  #values = 0
  readonly #path: string

  constructor(
    private readonly collection: CompiledCollection,
    private readonly options: FilterOptions,
  ) {
    this.#path = options.path ?? 'filter'
  }

  parse(filter: unknown): Condition {
    if (filter === undefined || filter === null) return always
    return this.#object(filter, this.#path, 1)
  }

  #object(filter: unknown, path: string, depth: number): Condition {
    if (!isObject(filter)) throw invalid('it must be an object', path)
    if (depth > filterLimits.depth) throw invalid(`it has more than ${filterLimits.depth} levels`, this.#path)
    const conditions = Object.keys(filter).map((key) => this.#member(key, filter[key], `${path}.${key}`, depth))
    const [only] = conditions
    return conditions.length === 1 && only ? only : { type: 'all', conditions }
  }

  #member(key: string, value: unknown, path: string, depth: number): Condition {
    if (key === '$and') return { type: 'all', conditions: this.#branches(value, path, depth) }
    if (key === '$or') {
      const conditions = this.#branches(value, path, depth)
      if (conditions.length === 0) throw invalid('$or needs at least one condition', path)
      return { type: 'any', conditions }
    }
    if (key === '$not') return { type: 'not', condition: this.#object(value, path, depth + 1) }
    if (key.startsWith('$')) throw invalid(`there is no operator "${key}"`, path)
    return this.#field(this.#fieldNamed(key, path), value, path, depth)
  }

  #branches(value: unknown, path: string, depth: number): Condition[] {
    // qs turns `$or[0][a]=1` into a list, and into an object with the indexes as keys above its own limit.
    if (!Array.isArray(value)) throw invalid('it must be a list of conditions', path)
    this.#count(value.length)
    return value.map((branch, index) => this.#object(branch, `${path}.${index}`, depth + 1))
  }

  #fieldNamed(name: string, path: string): CompiledField {
    const field = this.collection.fields.get(name)
    if (!field || (field.options.hidden === true && this.options.trusted !== true)) {
      throw invalid(`there is no field "${name}"`, path)
    }
    if (this.options.readable && !this.options.readable.has(name)) {
      throw wire.NO_PERMISSION({ target: `the field ${this.collection.name}.${name}` }).at(path)
    }
    return field
  }

  #field(field: CompiledField, value: unknown, path: string, depth: number): Condition {
    if (isObject(value)) return this.#tests(field, value, path, depth)
    const implied = Array.isArray(value) ? (field.kind.operators === 'array' ? '$match' : '$in') : '$eq'
    return this.#test(field, implied, value, path)
  }

  #tests(field: CompiledField, tests: Members, path: string, depth: number): Condition {
    const names = Object.keys(tests)
    if (names.length === 0) throw invalid(`it names no operator for "${field.name}"`, path)
    const conditions = names.map((name): Condition => {
      const inner = `${path}.${name}`
      if (name !== '$not') return this.#test(field, name, tests[name], inner)
      if (depth >= filterLimits.depth) throw invalid(`it has more than ${filterLimits.depth} levels`, this.#path)
      return { type: 'not', condition: this.#field(field, tests[name], inner, depth + 1) }
    })
    const [only] = conditions
    return conditions.length === 1 && only ? only : { type: 'all', conditions }
  }

  #test(field: CompiledField, name: string, operand: unknown, path: string): Condition {
    const operator = operators.get(name)
    if (!operator) throw invalid(`there is no operator "${name}"`, path)
    if (operator.groups && !operator.groups.includes(field.kind.operators)) {
      throw invalid(`${name} does not apply to the ${field.kind.kind} field "${field.name}"`, path)
    }
    return { type: 'test', field, operator, operand: this.#operand(field, operator, operand, path) }
  }

  #operand(field: CompiledField, operator: Operator, operand: unknown, path: string): unknown {
    switch (operator.operand) {
      case 'flag':
        if (operand === true || operand === 'true' || operand === '1' || operand === 1) return true
        throw invalid(`${operator.name} takes true`, path)
      case 'text':
        if (!Array.isArray(operand)) return [this.#text(operand, path)]
        return operand.map((text, index) => this.#text(text, `${path}.${index}`))
      case 'list':
        return this.#list(field, operand, path)
      case 'pair': {
        const pair = this.#listed(operand)
        if (!Array.isArray(pair) || pair.length !== 2) throw invalid(`${operator.name} takes [from, to]`, path)
        return pair.map((value, index) => this.#value(field, value, `${path}.${index}`, false))
      }
      default:
        return this.#value(field, operand, path, operator.name === '$eq' || operator.name === '$ne')
    }
  }

  /** In a query string a list may be written `a,b`. */
  #listed(value: unknown): unknown {
    return this.options.textual === true && typeof value === 'string' ? value.split(',') : value
  }

  #list(field: CompiledField, operand: unknown, path: string): unknown[] {
    const listed = this.#listed(this.#resolve(operand, path))
    if (!Array.isArray(listed)) throw invalid('it takes a list', path)
    return listed.map((value, index) =>
      field.kind.operators === 'array'
        ? this.#any(value, `${path}.${index}`)
        : this.#value(field, value, `${path}.${index}`, true),
    )
  }

  /** Any JSON; whatever is in it counts as well. */
  #any(value: unknown, path: string): unknown {
    this.#countJson(value, 1)
    if (!isStorableJson(value)) throw invalid(`it ${unstorable}`, path)
    return value
  }

  #countJson(value: unknown, depth: number): void {
    this.#count(1)
    if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return
    if (depth > filterLimits.depth) throw invalid(`it has more than ${filterLimits.depth} levels`, this.#path)
    for (const member of Object.values(value)) this.#countJson(member, depth + 1)
  }

  #text(value: unknown, path: string): string {
    this.#count(1)
    const resolved = this.#resolve(value, path)
    if (typeof resolved !== 'string') throw invalid('it takes a text', path)
    if (!isStorableText(resolved)) throw invalid('it must be Unicode text without NUL', path)
    return resolved
  }

  #value(field: CompiledField, value: unknown, path: string, nullable: boolean): unknown {
    const resolved = this.#resolve(value, path)
    this.#countJson(resolved, 1)
    if (resolved === null) {
      if (nullable) return null
      throw invalid('null has no order', path)
    }
    const textual = this.options.textual === true && typeof resolved === 'string' && field.kind.fromText
    const result = field.operand.safeParse(textual ? textual(resolved) : jsonValueFor(field.kind, resolved))
    if (result.success) return result.data
    throw invalid(`"${field.name}" ${result.error.issues[0]?.message ?? 'cannot be compared with that'}`, path)
  }

  /** A text that is wholly `{{$name}}` stands for a value of the caller's. */
  #resolve(value: unknown, path: string): unknown {
    const name = typeof value === 'string' ? /^\{\{\s*(\$[\w.]+)\s*\}\}$/.exec(value)?.[1] : undefined
    if (name === undefined || !this.options.variable) return value
    const resolved = this.options.variable(name)
    if (resolved === undefined) throw invalid(`there is no variable "${name}"`, path)
    return resolved
  }

  #count(values: number): void {
    this.#values += values
    if (this.#values > filterLimits.values) throw invalid(`it has more than ${filterLimits.values} values`, this.#path)
  }
}

import type { AppError } from '../../kernel/errors.js'
import { didYouMean } from '../../kernel/nearest-name.js'
import type { CompiledField } from '../../schema/shape.js'
import type { CompiledCollection } from '../collection.js'
import type { ResolvedRelation } from '../resolve-relation.js'
import { allOf, always, type Condition } from './condition.js'
import { filterLimits, type FilterOptions } from './filter-options.js'
import { invalidFilter } from './invalid-filter.js'
import { isObject, type Members } from './members.js'
import { Operands } from './operands.js'
import { operators, type Operator } from './operators.js'
import { hasRelated } from './related.js'
import { isPresence, splitMember, withoutPresence, type Member, type Presence } from './relation-members.js'
import { View } from './view.js'

const noOperator = (name: string, known: readonly string[], path: string): AppError =>
  invalidFilter(`there is no operator "${name}"${didYouMean(name, known)}`, path)

const applies = ({ groups, kinds }: Operator, { kind }: CompiledField): boolean =>
  (groups === undefined || groups.includes(kind.operators)) && (kinds === undefined || kinds.includes(kind.kind))

const single = (conditions: readonly Condition[]): Condition => {
  const [only] = conditions
  return conditions.length === 1 && only ? only : { type: 'all', conditions }
}

/**
 * Parses a filter (HTTP contract §3) against a collection.
 *
 * @throws 400 INVALID_FILTER with `path`; 403 NO_PERMISSION for a field that the caller may not read
 */
export function parseFilter(collection: CompiledCollection, filter: unknown, options: FilterOptions = {}): Condition {
  return new FilterParser(options).parse(View.of(collection, options), filter)
}

class FilterParser {
  readonly #path: string
  readonly #operands: Operands
  #relations = 0

  constructor(options: FilterOptions) {
    this.#path = options.path ?? 'filter'
    this.#operands = new Operands(options, this.#path)
  }

  parse(view: View, filter: unknown): Condition {
    if (filter === undefined || filter === null) return always
    return this.#object(view, filter, this.#path, 1)
  }

  #object(view: View, filter: unknown, path: string, depth: number): Condition {
    if (!isObject(filter)) throw invalidFilter('it must be an object', path)
    return this.#members(
      view,
      Object.keys(filter).map((key) => ({ key, value: filter[key], at: path })),
      depth,
    )
  }

  /** The members of one object. What they say of one relation is about the same related record, however it is spelt. */
  #members(view: View, members: readonly Member[], depth: number): Condition {
    if (depth > filterLimits.depth) throw this.#operands.tooDeep()
    const related = new Map<string, { readonly relation: ResolvedRelation; readonly members: Member[] }>()
    const conditions = members.flatMap((member): Condition[] => {
      if (member.key.startsWith('$')) return [this.#combination(view, member, depth)]
      const { name, path, rest } = splitMember(member)
      const relation = related.get(name)?.relation ?? view.relation(name, path)
      if (!relation) return [this.#own(view, member, depth)]
      const group = related.get(name) ?? { relation, members: [] }
      related.set(name, group)
      group.members.push(...this.#inner(relation, rest, member.value, path))
      return []
    })
    for (const group of related.values()) conditions.push(this.#related(view, group.relation, group.members, depth))
    return single(conditions)
  }

  #combination(view: View, { key, value, at }: Member, depth: number): Condition {
    const path = `${at}.${key}`
    if (key === '$and') return { type: 'all', conditions: this.#branches(view, value, path, depth) }
    if (key === '$or') {
      const conditions = this.#branches(view, value, path, depth)
      if (conditions.length === 0) throw invalidFilter('$or needs at least one condition', path)
      return { type: 'any', conditions }
    }
    if (key === '$not') return { type: 'not', condition: this.#object(view, value, path, depth + 1) }
    throw noOperator(key, ['$and', '$or', '$not'], path)
  }

  #branches(view: View, value: unknown, path: string, depth: number): Condition[] {
    // qs turns `$or[0][a]=1` into a list, and into an object with the indexes as keys above its own limit.
    if (!Array.isArray(value)) throw invalidFilter('it must be a list of conditions', path)
    this.#operands.count(value.length)
    return value.map((branch, index) => this.#object(view, branch, `${path}.${index}`, depth + 1))
  }

  /** What is said of the records behind a relation, as members of an object of its own. */
  #inner(relation: ResolvedRelation, rest: string | undefined, value: unknown, path: string): Member[] {
    if (rest !== undefined) return [{ key: rest, value, at: path }]
    if (value === null) return [{ key: '$notExists', value: true, at: path }]
    if (!isObject(value)) {
      throw invalidFilter(`"${relation.name}" leads to ${relation.target.name}: it takes conditions on those`, path)
    }
    const keys = Object.keys(value)
    if (keys.length === 0) throw invalidFilter(`it says nothing of "${relation.name}"`, path)
    return keys.map((key) => ({ key, value: value[key], at: path }))
  }

  #related(view: View, relation: ResolvedRelation, members: readonly Member[], depth: number): Condition {
    const first = members[0]?.at ?? this.#path
    if (++this.#relations > filterLimits.relations) {
      throw invalidFilter(`it follows relations more than ${filterLimits.relations} times`, first)
    }
    const target = view.through(relation, first)
    const presences = new Set<Presence>()
    const telling = members.flatMap((member) => {
      const found = this.#presences(target, member)
      for (const presence of found.presences) presences.add(presence)
      return found.rest ? [found.rest] : []
    })
    const some = (condition: Condition): Condition => hasRelated(relation, allOf(target.rows, condition))
    const conditions: Condition[] = presences.has('none') ? [{ type: 'not', condition: some(always) }] : []
    if (telling.length > 0) conditions.push(some(this.#members(target, telling, depth + 1)))
    else if (presences.has('some')) conditions.push(some(always))
    return single(conditions)
  }

  /** `$exists` on a relation, or on a field behind it, asks whether there is a record; the rest is about that record. */
  #presences(target: View, member: Member): { readonly presences: readonly Presence[]; readonly rest?: Member } {
    const path = `${member.at}.${member.key}`
    const { name, rest } = splitMember(member)
    const direct = isPresence(member.key, true)
    if (direct) {
      this.#operands.flag(member.key, member.value, path)
      return { presences: [direct] }
    }
    if (!target.collection.fields.has(name) || member.key.startsWith('$')) return { presences: [], rest: member }
    const tests = rest === undefined ? member.value : { [rest]: member.value }
    if (!isObject(tests)) return { presences: [], rest: member }
    const { presences, others } = withoutPresence(tests)
    if (presences.length === 0) return { presences: [], rest: member }
    target.field(name, path)
    for (const { operator, operand } of presences)
      this.#operands.flag(operator, operand, `${member.at}.${name}.${operator}`)
    const found = presences.map(({ presence }) => presence)
    if (Object.keys(others).length === 0) return { presences: found }
    return { presences: found, rest: { key: name, value: others, at: member.at } }
  }

  #own(view: View, member: Member, depth: number): Condition {
    const { name, path, rest } = splitMember(member)
    // The columns of a `query` may have points in their names.
    if (view.collection.fields.has(member.key)) {
      const whole = `${member.at}.${member.key}`
      return this.#field(view.field(member.key, whole), member.value, whole, depth)
    }
    if (rest === undefined) return this.#field(view.field(name, path), member.value, path, depth)
    const whole = view.collection.fields.has(name) ? name : member.key
    return this.#field(view.field(whole, `${member.at}.${whole}`), { [rest]: member.value }, path, depth)
  }

  #field(field: CompiledField, value: unknown, path: string, depth: number): Condition {
    if (isObject(value)) return this.#tests(field, value, path, depth)
    const implied = Array.isArray(value) ? (field.kind.operators === 'array' ? '$match' : '$in') : '$eq'
    return this.#test(field, implied, value, path)
  }

  #tests(field: CompiledField, tests: Members, path: string, depth: number): Condition {
    const names = Object.keys(tests)
    if (names.length === 0) throw invalidFilter(`it names no operator for "${field.name}"`, path)
    return single(
      names.map((name): Condition => {
        const inner = `${path}.${name}`
        if (name !== '$not') return this.#test(field, name, tests[name], inner)
        if (depth >= filterLimits.depth) throw this.#operands.tooDeep()
        return { type: 'not', condition: this.#field(field, tests[name], inner, depth + 1) }
      }),
    )
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

import { wire } from '@postern/core'

type Filter = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Filter =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** undb's operators in the words of ours. */
const operators: ReadonlyMap<string, string> = new Map(
  Object.entries({
    eq: '$eq',
    '=': '$eq',
    is: '$eq',
    neq: '$ne',
    '!=': '$ne',
    is_not: '$ne',
    gt: '$gt',
    '>': '$gt',
    gte: '$gte',
    '>=': '$gte',
    lt: '$lt',
    '<': '$lt',
    lte: '$lte',
    '<=': '$lte',
    in: '$in',
    any_of: '$in',
    nin: '$notIn',
    not_in: '$notIn',
    none_of: '$notIn',
    contains: '$includes',
    does_not_contain: '$notIncludes',
    starts_with: '$startsWith',
    ends_with: '$endWith',
    is_empty: '$empty',
    is_not_empty: '$notEmpty',
    is_true: '$isTruly',
    is_false: '$isFalsy',
    is_same_day: '$dateOn',
    is_before: '$dateBefore',
    is_after: '$dateAfter',
    is_on_or_before: '$dateNotAfter',
    is_on_or_after: '$dateNotBefore',
  }),
)

/** These have no operand in undb. */
const lone = new Set(['$empty', '$notEmpty', '$isTruly', '$isFalsy'])
const deepest = 10

const fault = (problem: string, path: string) => wire.INVALID_FILTER({ problem }).at(path)

function condition({ field, op, value }: Filter, path: string): Filter {
  if (typeof field !== 'string') throw fault('a condition has a field', `${path}.field`)
  const operator = typeof op === 'string' ? operators.get(op) : undefined
  if (operator === undefined) {
    throw fault(`op must be one of ${[...operators.keys()].join(', ')}`, `${path}.op`)
  }
  return { [field]: { [operator]: lone.has(operator) ? true : value } }
}

function group({ conjunction, children }: Filter, path: string, depth: number): Filter {
  if (conjunction !== 'and' && conjunction !== 'or') throw fault('conjunction must be and, or', `${path}.conjunction`)
  if (!Array.isArray(children)) throw fault('children must be a list', `${path}.children`)
  if (depth > deepest) throw fault(`at most ${deepest} levels`, path)
  const parts = children.map((child: unknown, index): Filter => {
    const place = `${path}.children.${index}`
    if (!isObject(child)) throw fault('a child must be a condition or a group', place)
    return 'conjunction' in child ? group(child, place, depth + 1) : condition(child, place)
  })
  return { [`$${conjunction}`]: parts }
}

/**
 * A filter in the form of the HTTP contract, from that or from undb's (`{"conjunction":"and","children":[…]}`).
 *
 * @throws 400 INVALID_FILTER with the place of the fault
 */
export function filterFrom(given: unknown): unknown {
  let filter = given
  if (typeof given === 'string') {
    try {
      filter = JSON.parse(given)
    } catch {
      // Whoever parses it next says what is wrong with it.
      return given
    }
  }
  return isObject(filter) && 'conjunction' in filter ? group(filter, 'filter', 1) : filter
}

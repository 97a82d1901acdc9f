import { wire } from '../kernel/wire-errors.js'
import { compileField, type CompiledField } from '../schema/shape.js'
import type { Condition } from './filter/condition.js'
import { always } from './filter/condition.js'

/** Divides the records of a collection: each is in one part, for ever. */
export interface Partition {
  /** The field that says in which: the server sets it, every index begins with it, unique fields are unique within it. */
  readonly field: string
  /** The collection whose records the parts are; a part goes with its record. */
  readonly of: string
  /** The option that asks for it. */
  readonly by: string
}

/** What an option of a plugin's means for the collections that have it. */
export interface CollectionOption {
  readonly partition: Omit<Partition, 'by'>
}

/** Adds the field of a divided collection to those that every record has. */
export function addPartition(
  partition: Partition | undefined,
  fields: Map<string, CompiledField>,
): CompiledField | undefined {
  if (!partition) return undefined
  const { field: name } = partition
  if (fields.has(name)) throw wire.CONFLICT({ problem: `"${name}" is a field of the server's own` }).at(name)
  const options = { required: true, readOnly: true, index: true }
  const field = compileField(name, { kind: 'bigInt', options })
  fields.set(name, field)
  return field
}

/** What a condition says beside naming the part: with that alone no index has to be read further than without parts. */
export function withinPart(partition: CompiledField | undefined, condition: Condition): Condition {
  if (!partition) return condition
  const namesPart = (part: Condition): boolean =>
    part.type === 'test' && part.field === partition && part.operator.name === '$eq'
  if (namesPart(condition)) return always
  if (condition.type !== 'all' || !condition.conditions.some(namesPart)) return condition
  const rest = condition.conditions.filter((part) => !namesPart(part))
  const [only] = rest
  return rest.length === 1 && only ? only : { type: 'all', conditions: rest }
}

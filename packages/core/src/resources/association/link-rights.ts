import { hasRowRules, rowsOf, type Permission } from '../../acl/permission.js'
import type { Executor } from '../../database/executor.js'
import { allOf, type Condition } from '../../database/filter/condition.js'
import { isAmong, isEqual } from '../../database/filter/tests.js'
import { Records } from '../../database/records.js'
import { addressOf, type Link } from '../../database/resolve-relation.js'
import { wire } from '../../kernel/wire-errors.js'
import type { Values } from '../../schema/shape.js'
import type { ActionCall } from '../action.js'
import { readableFields } from '../readable.js'
import { names } from '../relations/follow.js'
import type { AssociationCall } from './association.js'
import type { Parent } from './parent.js'

/** What a caller sees of links: a collection of links has rights like any other. */
export interface LinkSight {
  readonly fields: readonly string[]
  /** Which of them; undefined for all. */
  readonly rows: Condition | undefined
}

/** @returns undefined when he may list none of them */
export function linkSight({ rights, principal, clock }: ActionCall, { collection }: Link): LinkSight | undefined {
  const read = rights.isBuiltIn(collection.name, 'list') ? rights.find(collection.name, 'list') : undefined
  if (!read) return undefined
  const rows = hasRowRules(read) ? rowsOf(read, collection, principal, clock.now()) : undefined
  return { fields: readableFields(collection, read), rows }
}

/** What links say of themselves is written with the rights to their collection. @throws 403 */
export function permitAttributes(
  { rights }: Pick<ActionCall, 'rights'>,
  { collection }: Link,
  action: 'create' | 'update',
  attributes: Values,
): Permission | undefined {
  const { name } = collection
  const permission = rights.isBuiltIn(name, action) ? rights.find(name, action) : undefined
  const given = Object.keys(attributes)
  if (given.length === 0) return permission
  if (!permission) throw wire.NO_PERMISSION({ target: `${name}:${action}` })
  const refused = given.find((field) => permission.fields?.has(field) === false)
  if (refused !== undefined) throw wire.NO_PERMISSION({ target: `the field ${name}.${refused}` }).at(refused)
  return permission
}

/** Relating takes the right to relate, in whatever way it is done. */
export class LinkRight {
  constructor(
    private readonly association: AssociationCall,
    private readonly executor: Executor,
    private readonly parent: Parent,
  ) {}

  /** @throws 403 unless the caller may do one of these, or `set`, at this parent */
  async require(...actions: readonly string[]): Promise<void> {
    const { relation } = this.association
    for (const action of [...actions, 'set']) {
      const permission = this.#find(action)
      if (permission && (await this.#isWithin(permission))) return
    }
    throw wire.NO_PERMISSION({ target: `${addressOf(relation)}:${actions[0] ?? 'set'}` })
  }

  #find(action: string): Permission | undefined {
    const { rights, relation } = this.association
    const { source } = relation
    // To make records below a parent is granted on the relation alone, and is to relate them.
    const whole = action === 'create' ? undefined : rights.find(source.name, action)
    return whole && names(whole.fields, relation.name) ? whole : rights.find(addressOf(relation), action, source.name)
  }

  async #isWithin(permission: Permission): Promise<boolean> {
    if (!hasRowRules(permission)) return true
    const { call, context, relation } = this.association
    const { source } = relation
    const id = source.fields.get('id')
    if (!id) return false
    const rows = rowsOf(permission, source, call.principal, call.clock.now())
    const records = new Records(source, this.executor, context.clock, null)
    return (await records.count(allOf(isEqual(id, this.parent.id), rows))) > 0
  }
}

/** Which of the links a caller sees. @returns their ids; undefined for all */
export async function visibleLinks(
  records: Records,
  { collection }: Link,
  ids: readonly unknown[],
  { rows }: LinkSight,
): Promise<ReadonlySet<string> | undefined> {
  const id = collection.fields.get('id')
  if (!rows || !id) return undefined
  const found = await records.select({ fields: ['id'], condition: allOf(isAmong(id, ids), rows), varied: true })
  return new Set(found.map((row) => String(row['id'])))
}

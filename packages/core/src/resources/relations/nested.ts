import { rowsOf, unlimited, type Permission } from '../../acl/permission.js'
import type { AnyRow, CompiledCollection } from '../../database/collection.js'
import type { Executor } from '../../database/executor.js'
import { allOf } from '../../database/filter/condition.js'
import { isEqual } from '../../database/filter/tests.js'
import type { CompiledRelation } from '../../database/relation.js'
import { resolveRelation, type ResolvedRelation } from '../../database/resolve-relation.js'
import { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'
import type { Values } from '../../schema/shape.js'
import type { AssociationCall } from '../association/association.js'
import { findLinkables, type Linkable, type Named } from '../association/linked-ids.js'
import { LinkRight } from '../association/link-rights.js'
import { Linking, refuseReadOnly } from '../association/linking.js'
import type { ActionCall } from '../action.js'
import type { CrudCall, Writers } from '../crud/crud.js'
import { isObject, listParameter, parameter } from '../parameters.js'
import { canBeTk } from '../target.js'

/** What a record says of related ones, by relation. */
export type Related = ReadonlyMap<string, unknown>

interface Split {
  readonly own: Values
  readonly related: Related
  /** The keys that related records will give their values: null until then. */
  readonly keys: Values
}

const nothing: Related = new Map()
const at = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`)

const isWritable = (relation: CompiledRelation | undefined): boolean =>
  relation !== undefined && !relation.hidden && !relation.implied

/** Tells what a record says of itself from what it says of related ones. */
export function splitRelated({ relations }: CompiledCollection, record: Values, prefix: string): Split {
  const related = new Map(
    Object.entries(record).filter(([name, value]) => isWritable(relations.get(name)) && value !== undefined),
  )
  if (related.size === 0) return { own: record, related: nothing, keys: {} }
  const own = Object.fromEntries(Object.entries(record).filter(([name]) => !related.has(name)))
  const keys: Record<string, unknown> = {}
  for (const name of related.keys()) {
    const relation = relations.get(name)
    if (relation?.type !== 'belongsTo') continue
    if (Object.hasOwn(own, relation.foreignKey)) {
      throw wire
        .INVALID_VALUE({ problem: `${relation.foreignKey} and ${name} are two ways to say the same` })
        .at(at(prefix, name))
    }
    keys[relation.foreignKey] = null
  }
  return { own, related, keys }
}

/** A fault of a nested record is told with the way there. */
async function within<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError) {
      for (const fault of error.all ?? [error]) fault.at(fault.path === undefined ? path : `${path}.${fault.path}`)
    }
    throw error
  }
}

/**
 * Writes what is nested in a record: related records are named by their keys and, under the paths that
 * `updateAssociationValues` lists, made or changed; all of it within the caller's own rights there.
 */
export class NestedWrite {
  readonly #listed: readonly string[]

  constructor(
    private readonly crud: CrudCall,
    private readonly executor: Executor,
    private readonly writers: Writers,
  ) {
    const name = 'updateAssociationValues'
    const fault = (problem: string): AppError => wire.INVALID_FIELDS({ problem }).at(name)
    this.#listed = listParameter(parameter(crud.call, name, false), fault) ?? []
  }

  /** Before the record itself is written: what gives it its keys. */
  async before(related: Related, values: Record<string, unknown>, prefix: string): Promise<void> {
    for (const [relation, value] of this.#relations(related, (type) => type === 'belongsTo')) {
      const path = at(prefix, relation.name)
      refuseReadOnly(relation.here, path)
      const [linkable] = await this.#linkables(relation, value, path, {})
      values[relation.here.name] = linkable ? linkable.key : null
      if (!linkable && relation.here.options.required === true) {
        throw wire.INVALID_VALUE({ problem: `${relation.name} must not be null` }).at(path)
      }
    }
  }

  /** Afterwards: what goes by its key. */
  async after(related: Related, row: AnyRow | undefined, prefix: string): Promise<void> {
    if (!row) return
    for (const [relation, value] of this.#relations(related, (type) => type !== 'belongsTo')) {
      const path = at(prefix, relation.name)
      const key = row[relation.here.name]
      const preset = relation.link ? {} : { [relation.there.name]: key }
      const linkables = await this.#linkables(relation, value, path, preset)
      const parent = { id: row['id'], key }
      const association = this.#association(relation)
      const right = new LinkRight(association, this.executor, parent)
      const linking = new Linking(association, this.executor, parent, this.writers.update, right)
      await within(path, () => linking.set(linkables))
    }
  }

  *#relations(related: Related, isWanted: (type: ResolvedRelation['type']) => boolean) {
    for (const [name, value] of related) {
      const relation = resolveRelation(this.crud.context.collections, this.crud.collection, name)
      if (!relation) throw wire.UNKNOWN_FIELD({ name }).at(name)
      if (isWanted(relation.type)) yield [relation, value] as const
    }
  }

  #association(relation: ResolvedRelation): AssociationCall {
    const { call, context, rights } = this.crud
    return { call, relation, context: { ...context, executor: this.executor }, rights, parents: unlimited }
  }

  /** The records that a relation is to lead to, made and changed where the body says so. */
  async #linkables(relation: ResolvedRelation, value: unknown, path: string, preset: Values): Promise<Linkable[]> {
    const items = itemsOf(relation, value, path)
    const known = await this.#known(relation, items)
    const linkables: Linkable[] = []
    for (const { named, values, path: place } of items) {
      if (!named) {
        linkables.push(...(await within(place, () => this.#insert(relation, values, preset))))
        continue
      }
      const linkable = known.get(named)
      if (!linkable)
        throw wire.INVALID_VALUE({ problem: `${relation.name} refers to a record that is not there` }).at(place)
      if (Object.keys(values).length > 0) await within(place, () => this.#update(relation, linkable, values))
      linkables.push(linkable)
    }
    return linkables
  }

  async #known(relation: ResolvedRelation, items: readonly Item[]): Promise<ReadonlyMap<Named, Linkable>> {
    // What cannot be a key is a fault of the body, at its place there.
    const named = items.flatMap((item) => (item.named && canBeTk(relation.target, item.named.tk) ? [item.named] : []))
    return findLinkables(this.#association(relation), this.executor, named)
  }

  /** @throws 400 unless the caller listed the path */
  #requireListed({ name }: ResolvedRelation): void {
    if (this.#listed.includes(name)) return
    throw wire.INVALID_VALUE({
      problem: `to make or change records of ${name}, list "${name}" in updateAssociationValues; to relate one, give its key alone`,
    })
  }

  #permission({ target }: ResolvedRelation, action: string): Permission {
    const { rights } = this.crud
    const permission = rights.isBuiltIn(target.name, action) ? rights.find(target.name, action) : undefined
    if (!permission) throw wire.NO_PERMISSION({ target: `${target.name}:${action}` })
    return permission
  }

  /** The same call, on the target. Of the parameters only the paths that go on from here stay. */
  #nestedCall({ name, target }: ResolvedRelation, action: string, body: Values, permission: Permission): CrudCall {
    const { call, context, rights } = this.crud
    const further = this.#listed.flatMap((path) => (path.startsWith(`${name}.`) ? [path.slice(name.length + 1)] : []))
    const inner: ActionCall = {
      ...call,
      resource: target.name,
      action,
      key: undefined,
      sourceId: undefined,
      params: { updateAssociationValues: further },
      body,
      permission,
    }
    return {
      call: inner,
      collection: target,
      context: { ...context, executor: this.executor },
      readPermission: undefined,
      rights,
    }
  }

  async #insert(relation: ResolvedRelation, values: Values, preset: Values): Promise<Linkable[]> {
    this.#requireListed(relation)
    const granted = this.#permission(relation, 'create')
    const fixed = Object.keys(preset).find((name) => granted.fields?.has(name) === false)
    if (fixed !== undefined) throw wire.NO_PERMISSION({ target: `${relation.target.name}.${fixed}` })
    const permission = { ...granted, values: { ...granted.values, ...preset } }
    const { rows } = await this.writers.insert(this.#nestedCall(relation, 'create', values, permission))
    return rows.map((row) => ({ id: row['id'], key: row[relation.there.name] }))
  }

  async #update(relation: ResolvedRelation, { id }: Linkable, values: Values): Promise<void> {
    this.#requireListed(relation)
    const permission = this.#permission(relation, 'update')
    const { target } = relation
    const { call } = this.crud
    const idField = target.fields.get('id')
    if (!idField) throw new Error('every collection has an id')
    const condition = allOf(isEqual(idField, id), rowsOf(permission, target, call.principal, call.clock.now()))
    const { rows } = await this.writers.change(
      this.#nestedCall(relation, 'update', values, permission),
      condition,
      values,
    )
    if (rows.length === 0) throw wire.NO_PERMISSION({ target: `a record of ${target.name} that would be changed` })
  }
}

/** One related record as a body gives it. */
interface Item {
  readonly path: string
  /** Undefined for a record that is to be made. */
  readonly named: Named | undefined
  /** What else it says. */
  readonly values: Values
}

/** `5`, `{"id": 5}`, `{"id": 5, "title": …}`, `{"title": …}`; a list of them where the relation leads to many. */
function itemsOf(relation: ResolvedRelation, value: unknown, path: string): Item[] {
  const fault = (problem: string): AppError => wire.INVALID_VALUE({ problem: `${relation.name} ${problem}` }).at(path)
  if (relation.many) {
    if (!Array.isArray(value)) throw fault('must be a list of records')
    return value.map((item: unknown, index) => itemOf(relation, item, `${path}.${index}`))
  }
  if (value === null) return []
  if (Array.isArray(value)) throw fault('is one record and no list')
  return [itemOf(relation, value, path)]
}

function itemOf({ name, target, link }: ResolvedRelation, item: unknown, path: string): Item {
  if (typeof item === 'string' || typeof item === 'number') {
    return { path, named: { tk: item, attributes: undefined }, values: {} }
  }
  if (!isObject(item)) throw wire.INVALID_VALUE({ problem: `${name} must be a record or the key of one` }).at(path)
  const { [target.targetKey.name]: tk, ...rest } = item
  if (tk === undefined || tk === null) return { path, named: undefined, values: rest }
  const linkName = link?.collection.name ?? ''
  const { [linkName]: attributes, ...values } = rest
  return { path, named: { tk, attributes: isObject(attributes) ? attributes : undefined }, values }
}

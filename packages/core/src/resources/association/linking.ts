import { hasRowRules, rowsOf } from '../../acl/permission.js'
import type { CompiledCollection } from '../../database/collection.js'
import type { Executor } from '../../database/executor.js'
import { allOf, always, type Condition } from '../../database/filter/condition.js'
import { isAmong, isEqual } from '../../database/filter/tests.js'
import { Records } from '../../database/records.js'
import { addressOf, type Link } from '../../database/resolve-relation.js'
import { wire } from '../../kernel/wire-errors.js'
import { checkValues, completeValues, type CompiledField, type Values } from '../../schema/shape.js'
import type { CrudCall, Writers } from '../crud/crud.js'
import type { AssociationCall } from './association.js'
import { permitAttributes, type LinkRight } from './link-rights.js'
import { visibleRows, type Linkable } from './linked-ids.js'
import { relatedTo, type Parent } from './parent.js'

/** Relates records to one parent, and takes relations away, within what the caller may change. */
export class Linking {
  constructor(
    private readonly association: AssociationCall,
    private readonly executor: Executor,
    private readonly parent: Parent,
    private readonly update: Writers['update'],
    /** Asked before links are made or taken away, where the call itself is not about that. */
    private readonly right?: LinkRight,
  ) {}

  /** The records that are related now, as far as the caller may see them. */
  async current(): Promise<Linkable[]> {
    const { relation, context } = this.association
    const { target, there } = relation
    const condition = allOf(relatedTo(relation, this.parent), visibleRows(this.association))
    const records = new Records(target, this.executor, context.clock, null)
    const rows = await records.select({ fields: [...new Set(['id', there.name])], condition, varied: true })
    return rows.map((row) => ({ id: row['id'], key: row[there.name] }))
  }

  async add(linkables: readonly Linkable[]): Promise<void> {
    const { relation } = this.association
    if (linkables.length === 0) return
    if (relation.link) return this.#addLinks(relation.link, linkables)
    refuseAttributes(linkables)
    if (relation.type === 'belongsTo') return this.#setOwnKey(linkables[0]?.key)
    await this.#setTheirKeys(linkables, this.parent.key)
  }

  async remove(linkables: readonly Linkable[]): Promise<void> {
    const { relation } = this.association
    if (linkables.length === 0) return
    if (relation.link) return this.#removeLinks(relation.link, linkables)
    if (relation.type === 'belongsTo') return this.#setOwnKey(null)
    await this.#setTheirKeys(linkables, null)
  }

  /** Exactly these are related afterwards, beside those that the caller cannot see. */
  async set(linkables: readonly Linkable[]): Promise<void> {
    const wanted = new Set(linkables.map(({ id }) => String(id)))
    const superfluous = (await this.current()).filter(({ id }) => !wanted.has(String(id)))
    // The key of a `belongsTo` is one value: writing the new one is enough.
    if (this.association.relation.type !== 'belongsTo' || linkables.length === 0) await this.remove(superfluous)
    await this.add(linkables)
  }

  async #setOwnKey(value: unknown): Promise<void> {
    const { source, here } = this.association.relation
    const id = source.fields.get('id')
    if (id) await this.#write(source, here, [this.parent.id], value)
  }

  async #setTheirKeys(linkables: readonly Linkable[], value: unknown): Promise<void> {
    const { target, there } = this.association.relation
    await this.#write(
      target,
      there,
      linkables.map(({ id }) => id),
      value,
    )
  }

  /** Writing a key is an update of the record that holds it, with its rights, hooks and event. */
  async #write(collection: CompiledCollection, key: CompiledField, ids: readonly unknown[], value: unknown) {
    refuseReadOnly(key)
    const { call, context, rights } = this.association
    const { name } = collection
    const permission = rights.isBuiltIn(name, 'update') ? rights.find(name, 'update') : undefined
    if (!permission) throw wire.NO_PERMISSION({ target: `${name}:update` })
    if (permission.fields && !permission.fields.has(key.name)) {
      throw wire.NO_PERMISSION({ target: `the field ${name}.${key.name}` })
    }
    const idField = collection.fields.get('id')
    if (!idField) throw new Error('every collection has an id')
    const condition = allOf(isAmong(idField, ids), rowsOf(permission, collection, call.principal, call.clock.now()))
    const inner = { ...call, resource: name, action: 'update', sourceId: undefined, key: undefined, permission }
    const crud: CrudCall = {
      call: inner,
      collection,
      context: { ...context, executor: this.executor },
      readPermission: undefined,
      rights,
    }
    const { rows } = await this.update(crud, condition, { [key.name]: value, ...permission.values })
    if (rows.length < ids.length) throw wire.NO_PERMISSION({ target: `a record of ${name} that would be changed` })
  }

  async #addLinks(link: Link, linkables: readonly Linkable[]): Promise<void> {
    const there = new Set((await this.#links(link, linkables)).map((row) => String(row[link.there.name])))
    // Named twice it is linked once, with what was said of the link last.
    const once = new Map(linkables.map((linkable) => [String(linkable.key), linkable])).values()
    const fresh = [...once].filter(({ key }) => !there.has(String(key)))
    if (fresh.length > 0) await this.#insertLinks(link, fresh)
    for (const linkable of linkables) if (there.has(String(linkable.key))) await this.#changeLink(link, linkable)
  }

  async #insertLinks(link: Link, linkables: readonly Linkable[]): Promise<void> {
    const { association, executor } = this
    await this.right?.require('add')
    const { collection } = link
    const described = linkables.filter(({ attributes = {} }) => Object.keys(attributes).length > 0)
    const rows = linkables.map(({ key, attributes = {} }) => {
      const permission = permitAttributes(association, link, 'create', refuseKeys(link, attributes))
      const values = checkValues(collection.fields, attributes)
      // Links of a divided collection are in the part of the caller; other rules may force values too.
      Object.assign(values, { [link.here.name]: this.parent.key, [link.there.name]: key }, permission?.values)
      completeValues(collection.fields, values)
      return values
    })
    await this.#records(collection).insert(rows, ['id'])
    const permission = described.length > 0 ? association.rights.find(collection.name, 'create') : undefined
    if (!permission || !hasRowRules(permission)) return
    const rules = rowsOf(permission, collection, association.call.principal, association.call.clock.now())
    const keys = described.map(({ key }) => key)
    const condition = allOf(this.#ours(link), isAmong(link.there, keys), rules)
    const within = await new Records(collection, executor, association.context.clock, null).count(condition)
    if (within < keys.length) throw wire.NO_PERMISSION({ target: `a record with these values in ${collection.name}` })
  }

  /** What a link that is there says of itself. */
  async #changeLink(link: Link, { key, attributes }: Linkable): Promise<void> {
    if (!attributes || Object.keys(attributes).length === 0) return
    const { call, rights } = this.association
    const { collection } = link
    const permission = permitAttributes({ rights }, link, 'update', refuseKeys(link, attributes))
    const values = { ...checkValues(collection.fields, attributes), ...permission?.values }
    const rules = permission ? rowsOf(permission, collection, call.principal, call.clock.now()) : always
    const condition = (): Condition => allOf(this.#ours(link), isEqual(link.there, key), rules)
    const records = this.#records(collection)
    const changed = await records.update(condition(), values, ['id'])
    if (changed.length === 0)
      throw wire.NO_PERMISSION({ target: `a record of ${collection.name} that would be changed` })
    if ((await records.count(condition())) === 0)
      throw wire.NO_PERMISSION({ target: `a record with these values in ${collection.name}` })
  }

  async #removeLinks(link: Link, linkables: readonly Linkable[]): Promise<void> {
    await this.right?.require('remove')
    const keys = linkables.map(({ key }) => key)
    await this.#records(link.collection).delete(allOf(this.#ours(link), isAmong(link.there, keys)))
  }

  #links(link: Link, linkables: readonly Linkable[]) {
    const keys = linkables.map(({ key }) => key)
    const condition = allOf(this.#ours(link), isAmong(link.there, keys))
    return this.#records(link.collection).select({ fields: ['id', link.there.name], condition, varied: true })
  }

  #ours = (link: Link) => isEqual(link.here, this.parent.key)

  #records(collection: CompiledCollection): Records {
    const { call, context } = this.association
    return new Records(collection, this.executor, context.clock, call.principal.userId)
  }
}

/** A key that only the server sets is not set by relating records either. @throws 400 READONLY_FIELD */
export function refuseReadOnly({ name, options }: CompiledField, path = name): void {
  if (options.readOnly === true) throw wire.READONLY_FIELD({ name }).at(path)
}

/** What a link says of itself does not say whom it links. @throws 400 READONLY_FIELD */
function refuseKeys({ here, there }: Link, attributes: Values): Values {
  const key = [here.name, there.name].find((name) => Object.hasOwn(attributes, name))
  if (key !== undefined) throw wire.READONLY_FIELD({ name: key }).at(key)
  return attributes
}

/** Only links have attributes. @throws 400 */
function refuseAttributes(linkables: readonly Linkable[]): void {
  if (linkables.every(({ attributes }) => attributes === undefined)) return
  throw wire.INVALID_VALUE({ problem: 'only the links of a belongsToMany relation have attributes' })
}

/** The parent must have the value that the relation goes by. @throws 409 */
export function refuseKeyless({ relation }: AssociationCall, parent: Parent): void {
  if (relation.type === 'belongsTo' || (parent.key !== null && parent.key !== undefined)) return
  throw wire.CONFLICT({
    problem: `${addressOf(relation)} goes by "${relation.here.name}", which this record has no value for`,
  })
}

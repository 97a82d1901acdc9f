import { rowsOf } from '../../acl/permission.js'
import type { AnyRow, CompiledCollection } from '../../database/collection.js'
import type { Executor } from '../../database/executor.js'
import { allOf, type Condition } from '../../database/filter/condition.js'
import { isAmong, isEqual } from '../../database/filter/tests.js'
import { Records } from '../../database/records.js'
import type { Link } from '../../database/resolve-relation.js'
import { wire } from '../../kernel/wire-errors.js'
import type { CompiledField } from '../../schema/shape.js'
import { linkSight, visibleLinks, type LinkSight } from '../association/link-rights.js'
import type { CrudCall, Linked } from '../crud/crud.js'
import type { Append, Wanted } from './wanted.js'
import { WrittenOut } from './written-out.js'

const byId = [{ field: 'id', descending: false }] as const

/** The columns that must be read: those wanted, and those that lead to what is appended. */
export const columnsFor = ({ fields, appends }: Wanted): readonly string[] =>
  appends.length === 0 ? fields : [...new Set([...fields, ...appends.map(({ relation }) => relation.here.name)])]

type Values = ReadonlySet<unknown>

/** Reads related records and puts them into those that they belong to: a fixed number of queries for each relation. */
export class Attachment {
  readonly #executor: Executor
  readonly #written: WrittenOut

  constructor(
    private readonly crud: Pick<CrudCall, 'call' | 'context'>,
    executor: Executor = crud.context.executor,
  ) {
    this.#executor = executor
    this.#written = new WrittenOut(crud.context.limits)
  }

  /** The records with what was wanted and nothing else. */
  async attach(rows: readonly AnyRow[], wanted: Wanted): Promise<AnyRow[]> {
    const extra = new Set(columnsFor(wanted).filter((name) => !wanted.fields.includes(name)))
    const records = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !extra.has(name))))
    const count = this.#written.level()
    for (const append of wanted.appends) {
      const related = await this.#related(rows, append)
      for (const [index, row] of rows.entries()) {
        const found = related.get(String(row[append.relation.here.name])) ?? []
        const record = records[index]
        if (!record) continue
        record[append.relation.name] = append.relation.many ? found : (found[0] ?? null)
        count(append.relation.many ? found : found.slice(0, 1))
      }
    }
    return records
  }

  /** The links of one record to these, by the value that they go by. @returns undefined when the caller may see none */
  async links(
    rows: readonly AnyRow[],
    { link, there, key }: Linked,
  ): Promise<ReadonlyMap<string, AnyRow | null> | undefined> {
    const sight = linkSight(this.crud.call, link)
    if (!sight) return undefined
    const keys = valuesOf(rows, there)
    if (keys.size === 0) return new Map()
    const condition = allOf(isEqual(link.here, key), isAmong(link.there, [...keys]))
    const links = await this.#select(link.collection, linkColumns(link, sight), condition)
    const shown = await this.#shownLinks(links, link, sight)
    return new Map(links.map((row) => [String(row[link.there.name]), shown(row)]))
  }

  /** What the caller sees of each of these links. */
  async #shownLinks(links: readonly AnyRow[], link: Link, sight: LinkSight): Promise<(row: AnyRow) => AnyRow | null> {
    const records = new Records(link.collection, this.#executor, this.crud.context.clock, null)
    const ids = links.map((row) => row['id'])
    const visible = await visibleLinks(records, link, ids, sight)
    const shown = (row: AnyRow): AnyRow => Object.fromEntries(sight.fields.map((name) => [name, row[name]]))
    return (row) => (visible?.has(String(row['id'])) === false ? null : shown(row))
  }

  /** The related records by the key of the record that they belong to. */
  async #related(rows: readonly AnyRow[], append: Append): Promise<ReadonlyMap<string, AnyRow[]>> {
    const { here, link, there } = append.relation
    const keys = valuesOf(rows, here)
    if (keys.size === 0) return new Map()
    if (link) return this.#linked(keys, link, append)
    const { raw, records } = await this.#targets(keys, append)
    return grouped(raw.map((row, index) => [row[there.name], records[index] ?? {}]))
  }

  async #linked(keys: Values, link: Link, append: Append): Promise<ReadonlyMap<string, AnyRow[]>> {
    const { there } = append.relation
    const sight = linkSight(this.crud.call, link)
    const links = await this.#select(link.collection, linkColumns(link, sight), isAmong(link.here, [...keys]))
    const shown = sight && (await this.#shownLinks(links, link, sight))
    const { raw, records } = await this.#targets(valuesOf(links, link.there), append)
    const byKey = grouped(links.map((row) => [row[link.there.name], row]))
    // In the order of the records, as in a list of them.
    return grouped(
      raw.flatMap((row, index) =>
        (byKey.get(String(row[there.name])) ?? []).map((linked): [unknown, AnyRow] => [
          linked[link.here.name],
          shown ? { ...records[index], [link.collection.name]: shown(linked) } : { ...records[index] },
        ]),
      ),
    )
  }

  async #targets(keys: Values, append: Append): Promise<{ readonly raw: AnyRow[]; readonly records: AnyRow[] }> {
    if (keys.size === 0) return { raw: [], records: [] }
    const { relation, permission } = append
    const { target, there } = relation
    const columns = [...new Set([...columnsFor(append), there.name])]
    const rows = rowsOf(permission, target, this.crud.call.principal, this.crud.call.clock.now())
    const raw = await this.#select(target, columns, allOf(isAmong(there, [...keys]), rows))
    const isExtra = !append.fields.includes(there.name)
    const records = await this.attach(raw, append)
    return { raw, records: isExtra ? records.map((record) => without(record, there.name)) : records }
  }

  async #select(collection: CompiledCollection, fields: readonly string[], condition: Condition): Promise<AnyRow[]> {
    const { clock, limits } = this.crud.context
    const records = new Records(collection, this.#executor, clock, null)
    const rows = await records.select({ fields, condition, sort: byId, limit: limits.unpaged + 1, varied: true })
    if (rows.length > limits.unpaged) throw wire.RESULT_TOO_LARGE({ limit: `${limits.unpaged} rows` }).at('appends')
    return rows
  }
}

const without = (record: AnyRow, name: string): AnyRow =>
  Object.fromEntries(Object.entries(record).filter(([member]) => member !== name))

const linkColumns = ({ here, there }: Link, sight: LinkSight | undefined): readonly string[] => [
  ...new Set(['id', ...(sight?.fields ?? []), here.name, there.name]),
]

const valuesOf = (rows: readonly AnyRow[], { name }: CompiledField): Values =>
  new Set(rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined))

function grouped(entries: readonly (readonly [unknown, AnyRow])[]): ReadonlyMap<string, AnyRow[]> {
  const groups = new Map<string, AnyRow[]>()
  for (const [key, row] of entries) {
    const group = groups.get(String(key))
    if (group) group.push(row)
    else groups.set(String(key), [row])
  }
  return groups
}

import { compileCollection, type CompiledCollection } from '../database/collection.js'
import type { Executor } from '../database/executor.js'
import { executorOf } from '../database/handle.js'
import { columnType } from '../database/model.js'
import { quote } from '../database/sql.js'
import type { FieldDefinition } from '../schema/field.js'
import { Reply, type ActionCall } from '../resources/action.js'
import type { ResourceContext } from '../resources/context.js'
import { list } from '../resources/crud/list.js'
import { isObject, parameter } from '../resources/parameters.js'

type Item = Readonly<Record<string, unknown>>

const kinds = (kind: string, ...names: string[]): [string, FieldDefinition][] =>
  names.map((name) => [name, { kind, options: {} }])

/** What definitions look like as records. Their `id` is their place in the list, and is not shown. */
function viewOf(name: string, members: [string, FieldDefinition][]): CompiledCollection {
  const options = { timestamps: false, createdBy: false, updatedBy: false }
  const compiled = compileCollection({ name, fields: Object.fromEntries(members), options })
  const key = compiled.fields.get('name')
  const visible = compiled.visible.filter((field) => field !== 'id')
  return { ...compiled, visible, ...(key && { targetKey: key }) }
}

export const collectionView = viewOf('collections', [
  ...kinds('text', 'name', 'title', 'description'),
  ...kinds('boolean', 'hidden', 'simplePaginate', 'timestamps', 'createdBy', 'updatedBy'),
  ...kinds('json', 'sortable', 'index', 'fields'),
  ...kinds('datetime', 'createdAt', 'updatedAt'),
  ...kinds('bigInt', 'createdById', 'updatedById'),
])

export const fieldView = viewOf('fields', [
  ...kinds('text', 'name', 'type', 'title', 'description', 'pattern'),
  ...kinds('boolean', 'required', 'unique', 'index', 'hidden', 'readOnly'),
  ...kinds('json', 'default', 'enum'),
  ...kinds('double', 'minLength', 'maxLength', 'minimum', 'maximum', 'precision', 'scale'),
  ...kinds('text', 'target', 'foreignKey', 'otherKey', 'through', 'sourceKey', 'targetKey', 'onDelete'),
])

/** Statements over a list in memory, as if it were the table: filters and orders mean the same as everywhere. */
function overItems(executor: Executor, { name, fields }: CompiledCollection, items: readonly Item[]): Executor {
  const own = [...fields.values()].filter((field) => field.name !== 'id')
  const columns = own.map((field) => `${quote(field.name)} ${columnType(field)}`).join(', ')
  const names = own.map((field) => quote(field.name)).join(', ')
  const json = JSON.stringify(items)
  return {
    transaction: (work, sight, budget) => executor.transaction(work, sight, budget),
    run: ({ text, values }) =>
      executor.run({
        text: `WITH ${quote(name)} AS (SELECT * FROM ROWS FROM (jsonb_to_recordset($${values.length + 1}::jsonb) AS (${columns}))
          WITH ORDINALITY AS item (${names}, "id")) ${text}`,
        values: [...values, json],
      }),
  }
}

/** Rows hold null for what a definition does not say; the authors may be null themselves. */
const said = (row: Item): Item =>
  Object.fromEntries(
    Object.entries(row).filter(([name, value]) => name !== 'id' && (value !== null || name.endsWith('ById'))),
  )

/** Lists definitions with all parameters of a list of records. */
export async function listDefinitions(
  call: ActionCall,
  context: ResourceContext,
  view: CompiledCollection,
  items: readonly Item[],
): Promise<Reply> {
  const isChosen = ['fields', 'except'].some((name) => parameter(call, name, true).value !== undefined)
  const reply = await list.run({
    call: isChosen ? call : { ...call, params: { ...call.params, fields: ['name'] } },
    collection: view,
    context: { ...context, executor: overItems(executorOf(call.db), view, items) },
    readPermission: call.permission,
    rights: { find: () => undefined, isBuiltIn: () => true },
  })
  if (!isObject(reply.body)) return reply
  const { data, ...rest } = reply.body
  const rows: readonly unknown[] = Array.isArray(data) ? data : []
  const byName = new Map(items.map((item) => [item['name'], item]))
  const shown = rows.filter(isObject).map((row) => (isChosen ? said(row) : byName.get(row['name'])))
  return new Reply({ data: shown, ...rest })
}

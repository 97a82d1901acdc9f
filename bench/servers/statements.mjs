// The texts that Postern itself sends for todos, taken from its own builder of statements, so that they cannot drift.
import assert from 'node:assert/strict'
import { moduleOfCore } from '../built.mjs'

const { f } = await moduleOfCore('schema/f.js')
const { compileCollection, defineCollection } = await moduleOfCore('database/collection.js')
const { countStatement, insertStatement, selectStatement } = await moduleOfCore('database/query.js')
const { always } = await moduleOfCore('database/filter/condition.js')
const { operators } = await moduleOfCore('database/filter/operators.js')

const todos = compileCollection(defineCollection('todos', { title: f.string(), completed: f.boolean() }))
const byId = { type: 'test', field: todos.targetKey, operator: operators.get('$eq'), operand: 1 }
const page = { fields: todos.visible, condition: always, sort: [{ field: 'id', descending: false }], limit: 20 }

export const statements = {
  /** $1: limit */
  page: selectStatement(todos, page).text,
  count: countStatement(todos, always).text,
  /** $1: id */
  one: selectStatement(todos, { fields: todos.visible, condition: byId }).text,
  /** $1 …: createdAt, updatedAt, createdById, updatedById, title, completed */
  insert: insertStatement(todos, [{}], todos.visible).text,
}

const columns = '("createdAt", "updatedAt", "createdById", "updatedById", "title", "completed")'
assert.ok(statements.insert.includes(columns), `todos.mjs inserts other columns than Postern: ${statements.insert}`)

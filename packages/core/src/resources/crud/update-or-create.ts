import { AppError } from '../../kernel/errors.js'
import type { CrudAction } from './crud.js'
import { dataOf, findOrWrite } from './find-or-write.js'
import { update } from './update.js'

const isGone = (error: unknown): boolean => error instanceof AppError && error.status === 404

export const updateOrCreate: CrudAction = {
  name: 'updateOrCreate',
  summary: 'Change the record that has the values of filterKeys, or create it',
  reads: false,
  performs: ['create', 'update'],
  run: (crud) =>
    findOrWrite(crud, async (inner, row) => {
      const { filter: _filter, filterByTk: _tk, ...params } = inner.call.params
      const key = String(row[inner.collection.targetKey.name])
      try {
        const rows: unknown = dataOf(
          await update.run({ ...inner, call: { ...inner.call, action: 'update', key, params } }),
        )
        const list: readonly unknown[] = Array.isArray(rows) ? rows : []
        // Who changes a record to one that he may not see is shown nothing of it.
        return list[0] ?? null
      } catch (error) {
        if (isGone(error)) return undefined
        throw error
      }
    }),
}

import { Write } from '../write.js'
import type { CrudAction } from './crud.js'
import { findOrWrite } from './find-or-write.js'

export const firstOrCreate: CrudAction = {
  name: 'firstOrCreate',
  summary: 'Read the record that has the values of filterKeys, or create it',
  reads: false,
  performs: ['create'],
  run: (crud) =>
    findOrWrite(crud, async ({ call, collection, context, readPermission }, row, keys) => {
      const [shown] = await new Write(context, collection, call, readPermission).shown(context.executor, [row], keys)
      return shown ?? null
    }),
}

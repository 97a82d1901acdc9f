import type { CrudAction } from './crud.js'
import { insertedReply, insertRecords } from './writing.js'

export const create: CrudAction = {
  name: 'create',
  summary: 'Create a record, or several in one transaction',
  reads: false,
  run: async (crud) => insertedReply(crud, await insertRecords(crud)),
}

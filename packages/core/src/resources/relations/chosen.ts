import type { Selection } from '../../database/query.js'
import type { AnyRow } from '../../database/collection.js'
import type { CrudCall, Linked } from '../crud/crud.js'
import { parameter } from '../parameters.js'
import { readableFields } from '../readable.js'
import { Attachment, columnsFor } from './attach.js'
import { WantedReader } from './wanted.js'

/** What a reading call selects, and what becomes of the rows. */
export interface Chosen {
  readonly selection: Pick<Selection, 'fields' | 'varied'>
  /** Puts related records into the rows; the same rows where none are wanted. */
  readonly complete: (rows: readonly AnyRow[]) => Promise<readonly AnyRow[]> | readonly AnyRow[]
}

const asTheyAre = (rows: readonly AnyRow[]): readonly AnyRow[] => rows

/** Nothing was said of fields and relations: mostly so, and the list is one that is shared between requests. */
function isPlain({ call }: CrudCall): boolean {
  return ['fields', 'except', 'appends'].every((name) => parameter(call, name, true).value === undefined)
}

/** Applies `fields`, `except` and `appends` to what may be read. @throws 400 INVALID_FIELDS, 403 NO_PERMISSION */
export function chosenOf(crud: CrudCall): Chosen {
  if (crud.linked) return linkedChoice(crud, crud.linked)
  if (isPlain(crud)) {
    return { selection: { fields: readableFields(crud.collection, crud.call.permission) }, complete: asTheyAre }
  }
  const wanted = new WantedReader(crud).read(true)
  const selection = { fields: columnsFor(wanted), varied: true }
  if (wanted.appends.length === 0) return { selection, complete: asTheyAre }
  const attachment = new Attachment(crud)
  return { selection, complete: (rows) => attachment.attach(rows, wanted) }
}

/** The same, and each record has its link under the name of the collection of links, for whoever may list those. */
function linkedChoice(crud: CrudCall, linked: Linked): Chosen {
  const wanted = new WantedReader(crud).read(true)
  const { there, link } = linked
  const fields = [...new Set([...columnsFor(wanted), there.name])]
  const attachment = new Attachment(crud)
  const complete = async (rows: readonly AnyRow[]): Promise<AnyRow[]> => {
    const links = await attachment.links(rows, linked)
    const records = await attachment.attach(rows, wanted)
    return records.map((record, index) => {
      const { [there.name]: key, ...rest } = record
      const shown = wanted.fields.includes(there.name) ? record : rest
      if (!links) return shown
      return { ...shown, [link.collection.name]: links.get(String(key ?? rows[index]?.[there.name])) ?? null }
    })
  }
  return { selection: { fields, varied: true }, complete }
}

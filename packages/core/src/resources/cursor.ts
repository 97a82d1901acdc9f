import { z } from 'zod'
import type { AnyRow, CompiledCollection } from '../database/collection.js'
import type { Position, SortKey } from '../database/keyset.js'
import type { SealedText } from '../kernel/sealed-text.js'
import { wire } from '../kernel/wire-errors.js'

/** Where a list was left: behind which row, and how many pages were turned. */
export interface Cursor {
  readonly after: Position
  /** Of the page that follows. */
  readonly page: number
}

const cursorSchema = z.tuple([z.number(), z.array(z.string().nullable())])

/** A cursor is good for the collection and the order that it was made for, as long as their columns stay what they are. */
const purposeOf = ({ name, fields }: CompiledCollection, sort: readonly SortKey[]): string =>
  JSON.stringify([
    name,
    ...sort.map(({ field, descending, through }) =>
      through ? [through.path, through.field.kind.kind, descending] : [field, fields.get(field)?.kind.kind, descending],
    ),
  ])

/** A value as PostgreSQL reads it. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error('Rows are in the order of a value that has none')
}

/** The cursors of one collection in one order, which callers carry from page to page. */
export class Cursors {
  readonly #purpose: string

  constructor(
    private readonly seal: SealedText,
    collection: CompiledCollection,
    private readonly sort: readonly SortKey[],
  ) {
    this.#purpose = purposeOf(collection, sort)
  }

  /** @param row with the values of all sort keys */
  write(row: AnyRow, page: number): string {
    const cursor: z.infer<typeof cursorSchema> = [page, this.sort.map(({ field }) => textOf(row[field]))]
    return this.seal.seal(JSON.stringify(cursor), this.#purpose)
  }

  /** @throws 400 INVALID_PAGE for what this server did not make for this collection and this order */
  read(value: unknown): Cursor {
    const text = typeof value === 'string' ? this.seal.open(value, this.#purpose) : undefined
    if (text === undefined) {
      throw wire
        .INVALID_PAGE({ problem: 'after takes what an answer gave as nextCursor, with the same sort' })
        .at('after')
    }
    const [page, after] = cursorSchema.parse(JSON.parse(text))
    return { after, page }
  }
}

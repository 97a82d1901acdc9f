import type { Application } from '../app/application.js'
import { wire } from '../kernel/wire-errors.js'

export type CliRecord = Readonly<Record<string, unknown>>

/** Records asked for at once; the server itself allows at least this many unless it is told otherwise. */
const largestPage = 1000

/** The `data` of an answer that is one record. */
export function recordOf(body: unknown): CliRecord {
  const data: unknown = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return { ...data }
  throw wire.INTERNAL()
}

/** The `data` of an answer that is a list. */
export function recordsOf(body: unknown): readonly CliRecord[] {
  const data: unknown = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  if (!Array.isArray(data)) throw wire.INTERNAL()
  return data.map((record: unknown) => (typeof record === 'object' && record !== null ? { ...record } : {}))
}

/** Every record of a resource, page by page: an unpaged list refuses to be long. */
export async function listAll(app: Application, resource: string, params: CliRecord = {}): Promise<CliRecord[]> {
  const pageSize = Math.min(app.config.LIMIT_PAGE_SIZE, largestPage)
  const all: CliRecord[] = []
  for (let page = 1; ; page++) {
    const { body } = await app.call(resource, 'list', { params: { ...params, page, pageSize } })
    const records = recordsOf(body)
    all.push(...records)
    if (records.length < pageSize) return all
  }
}

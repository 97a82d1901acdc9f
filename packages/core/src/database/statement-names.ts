import type { Statement } from './sql.js'

/** How many statements have a name at a time: callers must not be able to fill the server's memory. */
const most = 500
/** How many names are made at all: what a connection once prepared it keeps until it ends. */
const mostMade = 20_000

type Names = Map<string, string>

/**
 * The names under which statements are prepared. A name stands for one text in the whole process, as `pg` demands.
 * PostgreSQL settles the types of parameters when a statement is prepared and never again, so a statement about a
 * collection is another one as soon as the collection has changed: its names go with it. Texts that callers can vary
 * without end are not to be named at all.
 */
export class StatementNames {
  /** Of texts that are about no collection in particular. */
  readonly #general: Names = new Map()
  readonly #collections = new Map<string, { readonly revision: number; readonly names: Names }>()
  #kept = 0
  #made = 0

  /** The name for a statement; undefined when it is not to be prepared, or there are too many already. */
  of(statement: Statement): string | undefined {
    if (statement.prepared !== true) return undefined
    const names = this.#namesFor(statement)
    const known = names.get(statement.text)
    if (known !== undefined || this.#kept >= most || this.#made >= mostMade) return known
    const name = `p${++this.#made}`
    names.set(statement.text, name)
    this.#kept++
    return name
  }

  /** The table changed under a prepared statement: the text gets a fresh name. */
  forget(statement: Statement): void {
    if (this.#namesFor(statement).delete(statement.text)) this.#kept--
  }

  #namesFor({ of }: Statement): Names {
    if (!of) return this.#general
    const known = this.#collections.get(of.name)
    if (known?.revision === of.revision) return known.names
    this.#kept -= known?.names.size ?? 0
    const names: Names = new Map()
    this.#collections.set(of.name, { revision: of.revision, names })
    return names
  }
}

/** PostgreSQL's answer to a prepared statement whose columns changed their types, by the function that gave it. */
export const isStalePlan = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === '0A000' &&
  'routine' in error &&
  error.routine === 'RevalidateCachedQuery'

/** How many statements one connection keeps prepared at most: callers must not be able to fill the server's memory. */
const most = 500

/**
 * The names under which statements are prepared. A name stands for one text in the whole process, as `pg` demands,
 * and names are never given back: texts that callers can vary without end are not to be named at all.
 */
export class StatementNames {
  readonly #names = new Map<string, string>()
  #made = 0

  /** The name for a text; undefined when there are too many already. */
  of(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined || this.#names.size >= most) return known
    const name = `p${++this.#made}`
    this.#names.set(text, name)
    return name
  }

  /** The table changed under a prepared statement: the text gets a fresh name. */
  forget(text: string): void {
    this.#names.delete(text)
  }
}

/** PostgreSQL's answer to a prepared statement whose columns changed their types, by the function that gave it. */
export const isStalePlan = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === '0A000' &&
  'routine' in error &&
  error.routine === 'RevalidateCachedQuery'

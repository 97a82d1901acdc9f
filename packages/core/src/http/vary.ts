/** Beside credentials, what of a request changes its answer. */
const others = ['x-role', 'x-space', 'x-timezone', 'origin', 'accept-encoding']

/**
 * `Vary` for caches that keep answers against what `Cache-Control` says.
 *
 * @param headers those that can carry a credential; the same list until it changes
 */
export function createVary(headers: () => readonly string[]): () => string {
  let known: readonly string[] | undefined
  let text = ''
  return () => {
    const now = headers()
    if (now !== known) {
      known = now
      text = [...now, ...others].join(', ')
    }
    return text
  }
}

import { closest, distance } from 'fastest-levenshtein'

/** Names further away than this are no help. */
const farthest = 3

/** The name that was probably meant. Short names must be nearer than long ones. @returns undefined when none is near */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || name.length > 100) return undefined
  const nearest = closest(name, known)
  const near = Math.min(farthest, Math.floor(Math.max(name.length, nearest.length) / 2))
  return distance(name, nearest) <= near ? nearest : undefined
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`
}

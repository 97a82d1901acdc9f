/** True, false, or null: unknown, which no row is listed for. */
export type Truth = boolean | null
export type Scalar = string | number | boolean | null

export const not = (truth: Truth): Truth => (truth === null ? null : !truth)

export function all(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false
  return truths.includes(null) ? null : true
}
export const any = (truths: readonly Truth[]): Truth => not(all(truths.map(not)))

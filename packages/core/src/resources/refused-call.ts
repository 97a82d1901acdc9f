import { nearestName } from '../kernel/nearest-name.js'
import { wire } from '../kernel/wire-errors.js'
import { isObject } from './parameters.js'

/** A reading call with a body has its parameters there. */
export function refuseList(body: unknown): void {
  if (body !== undefined && !isObject(body))
    throw wire.INVALID_VALUE({ problem: 'the parameters must be a JSON object' })
}

export const notAllowed = (method: string, allowed: string) =>
  wire.METHOD_NOT_ALLOWED({ method }).withHeaders({ Allow: allowed })

export function answersTo(verb: string, reads: boolean): boolean {
  return verb === 'POST' || verb === 'rest' || (reads && (verb === 'GET' || verb === 'HEAD'))
}

export function hintOf(name: string, known: readonly string[], show: (name: string) => string): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '' : `; did you mean "${show(nearest)}"?`
}

import type { Members } from './members.js'

/** A member of an object of a filter, and where that object stands. */
export interface Member {
  readonly key: string
  readonly value: unknown
  readonly at: string
}

/** `club.name` is `name` behind `club`: what is before the first point, its path, and what is behind. */
export function splitMember({ key, at }: Member): {
  readonly name: string
  readonly path: string
  readonly rest: string | undefined
} {
  const point = key.indexOf('.')
  const name = point === -1 ? key : key.slice(0, point)
  return { name, path: `${at}.${name}`, rest: point === -1 ? undefined : key.slice(point + 1) }
}

/** Is there a related record, or none? */
export type Presence = 'some' | 'none'

const presences: Readonly<Record<string, Presence>> = {
  $exists: 'some',
  $notExists: 'none',
}
const ofRelation: Readonly<Record<string, Presence>> = { ...presences, $notEmpty: 'some', $empty: 'none' }

/** @param direct the operator stands at the relation itself: a field that is empty is a matter of the field */
export function isPresence(operator: string, direct = false): Presence | undefined {
  const known = direct ? ofRelation : presences
  return Object.hasOwn(known, operator) ? known[operator] : undefined
}

interface Found {
  readonly presences: readonly { readonly presence: Presence; readonly operator: string; readonly operand: unknown }[]
  readonly others: Members
}

/** Takes the questions whether there is a record out of the tests of a field behind a relation. */
export function withoutPresence(tests: Members): Found {
  const entries = Object.entries(tests)
  return {
    presences: entries.flatMap(([operator, operand]) => {
      const presence = isPresence(operator)
      return presence ? [{ presence, operator, operand }] : []
    }),
    others: Object.fromEntries(entries.filter(([operator]) => isPresence(operator) === undefined)),
  }
}

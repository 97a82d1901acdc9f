import { defineErrors } from '../kernel/errors.js'

const errors = defineErrors('PART', {
  OPTION_NAME: {
    status: 500,
    message: '"{name}" is no name for an option that divides collections',
    hint: 'Use letters, digits and underscores, beginning with a letter.',
  },
  OUTSIDE: {
    status: 403,
    message: 'The call may not write records of this part',
    hint: 'Use the `db` of the call, or open what is needed with `collections.seenBy` or `collections.everyPart`.',
  },
})

/** A part of the records of divided collections: one, or all of them. */
export type Part = number | 'every'

/** A variable of PostgreSQL that policies of divided tables read. */
export interface Setting {
  readonly name: string
  readonly value: string
}

/** What of divided collections a statement sees and writes. Of an option that it does not name: nothing. */
export type Sight = readonly Setting[]

export const nothing: Sight = []

/** Stands for every part. */
export const every = '*'

export const isSettingName = (option: string): boolean => /^[a-zA-Z][a-zA-Z0-9_]{0,50}$/.test(option)

/** @throws PART_OPTION_NAME */
export function settingName(option: string): string {
  if (!isSettingName(option)) throw errors.OPTION_NAME({ name: option })
  return `postern.part_${option}`
}

export const settingOf = (option: string, part: Part): Setting => ({
  name: settingName(option),
  value: part === 'every' ? every : String(part),
})

/** SQLSTATE of a class that PostgreSQL leaves to others: a key leads nowhere that its part could see. */
export const leadsNowhereState = 'PT003'

/** Did PostgreSQL refuse a row that the policy of its table does not let the statement write? By the function that did. */
export const isOutside = (routine: string | undefined): boolean => routine === 'ExecWithCheckOptions'

export const outside = (cause: unknown): Error => errors.OUTSIDE(undefined, cause)

import type { ResolvedRelation } from '../../database/resolve-relation.js'
import type { AssociationAction } from './association.js'
import { linkActions } from './links.js'
import { recordActions, recordOfOne } from './records.js'

const byName = (actions: readonly AssociationAction[]): ReadonlyMap<string, AssociationAction> =>
  new Map(actions.map((action) => [action.name, action]))

const ofMany = byName([...recordActions, ...linkActions])
const ofOne = byName([...recordActions, recordOfOne, ...linkActions])

/** The actions that relate records, which are granted on the source. */
export const linkNames: readonly string[] = linkActions.map(({ name }) => name)

/** The actions of a relation by their names. */
export const associationActions = ({ many }: ResolvedRelation): ReadonlyMap<string, AssociationAction> =>
  many ? ofMany : ofOne

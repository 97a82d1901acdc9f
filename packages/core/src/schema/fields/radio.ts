import { boolean } from './boolean.js'
import type { FieldKind } from '../field.js'

/** True for at most one record of the collection, like one button of a set. */
export const radio: FieldKind<boolean> = {
  ...boolean,
  kind: 'radio',
  refuses: ['unique', 'index'],
  indexed: true,
  exclusive: true,
}

import { Validator, type OutputUnit } from '@cfworker/json-schema'
import type { Part } from '../document/components.js'
import type { ReadDocument } from './read-document.js'

/** Says what is wrong with a value; nothing when all is well. */
export type SchemaCheck = (schema: Part, value: unknown) => readonly string[]

/** The innermost fault says most: those around it only say that something inside of them is wrong. */
const told = ({ instanceLocation, error }: OutputUnit): string =>
  `${instanceLocation.replace(/^#/, '')} ${error}`.trim()

/** Checks values with the schemas of a document. */
export function schemaCheckOf({ components }: Pick<ReadDocument, 'components'>): SchemaCheck {
  const validators = new WeakMap<Part, Validator>()
  return (schema, value) => {
    let validator = validators.get(schema)
    if (!validator) {
      validator = new Validator({ components, ...schema }, '2020-12', false)
      validators.set(schema, validator)
    }
    const { valid, errors } = validator.validate(value)
    return valid ? [] : errors.slice(-3).map(told)
  }
}

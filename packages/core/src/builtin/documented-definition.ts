import { z } from 'zod'
import { fieldOptionSchemas } from '../schema/definition.js'
import { fieldKinds } from '../schema/f.js'
import { relationOptionSchemas, relationTypes } from '../schema/relation.js'

// A field as it is defined over HTTP, for the API document. It is checked piece by piece, with errors that say more than a
// schema would: these are the schemas of the pieces.

const relation = (name: string): boolean => !Object.hasOwn(fieldOptionSchemas, name)
const options = Object.fromEntries([
  ...Object.entries(fieldOptionSchemas),
  ...Object.entries(relationOptionSchemas).filter(([name]) => relation(name)),
])
/** Null stands for absent. */
const optional = Object.fromEntries(
  Object.entries(options).map(([name, schema]) => [name, schema instanceof z.ZodUnknown ? schema : schema.nullable()]),
)
const definition = z
  .object({ ...optional })
  .partial()
  .extend({
    name: z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,47}$/),
    type: z.enum([...fieldKinds.keys(), ...relationTypes]),
  })

const { properties, required } = z.toJSONSchema(definition, { io: 'input' })

/** What the document says of the definition of a new field. */
export const newFieldForm = {
  properties,
  required,
  additionalProperties: false,
  examples: [{ name: 'notes', type: 'text', title: 'Notes' }],
}

/** The same for changes of a field. */
export const fieldChangesForm = { properties, additionalProperties: false, examples: [{ title: 'Notes' }] }

/** The same for a new collection. */
export const newCollectionForm = {
  examples: [{ name: 'notes', title: 'Notes', fields: [{ name: 'title', type: 'string', required: true }] }],
}

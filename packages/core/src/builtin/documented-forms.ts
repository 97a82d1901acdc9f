import { z } from 'zod'
import { builtinDocuments, type ActionDocument } from '../resources/action-document.js'

// What answers of the server's own actions look like, for the API document. Only what is read by nobody else is said
// here: records are described by their collections.

const instant = z.iso.datetime()
const authors = { createdById: z.int().nullable(), updatedById: z.int().nullable() }
const times = { createdAt: instant, updatedAt: instant }

export const userForm = z.object({
  ...times,
  ...authors,
  email: z.string(),
  enabled: z.boolean(),
  id: z.int(),
  nickname: z.string().nullable(),
  username: z.string().nullable(),
})

export const sessionForm = z.object({ user: userForm, token: z.string().describe('Sent as `Authorization: Bearer …`') })

export const callerForm = userForm.extend({
  roles: z.array(z.string()),
  credential: z
    .looseObject({ kind: z.string(), expiresAt: instant.nullable().optional() })
    .describe('`session`, `apiKey` or `spaceToken`, and what there is to know of it'),
})

export const fieldForm = z.looseObject({ name: z.string(), type: z.string() })

export const collectionForm = z.looseObject({
  ...times,
  ...authors,
  name: z.string(),
  title: z.string().optional(),
  fields: z.array(fieldForm),
})

export const pluginForm = z.object({
  name: z.string(),
  version: z.string().nullable(),
  state: z.enum(['enabled', 'disabled', 'failed']),
  package: z.string().nullable(),
  requires: z.array(z.string()),
  error: z.string().nullable(),
})

export const toggleForm = z.object({
  plugin: z.string(),
  state: z.enum(['enabled', 'disabled', 'failed']),
  changed: z.boolean(),
  nodes: z.array(
    z.object({ node: z.string(), state: z.string(), error: z.string().nullable(), ms: z.number().nullable() }),
  ),
})

/** The five actions of something that is kept as definitions, not as records. */
export const definitionDocuments = (of: z.ZodObject) =>
  ({
    list: { ...builtinDocuments.list, answer: { form: 'page', of: of.partial() } },
    get: { answer: { form: 'record', of } },
    create: { answer: { form: 'record', of }, errors: ['CONFLICT'] },
    update: { parameters: ['force'], answer: { form: 'records', of }, errors: ['CONFLICT'] },
    destroy: { parameters: ['force'], answer: { form: 'number' }, errors: ['CONFLICT'] },
  }) satisfies Readonly<Record<string, ActionDocument>>

/** `add`, `set`, … with the names of roles. */
export const roleNamesDocument: ActionDocument = { ...builtinDocuments.add, errors: ['CONFLICT'] }

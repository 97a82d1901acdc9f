import { z } from 'zod'

/** Parameters of the query string that the API document knows by name. */
export const documentedParameters = [
  ...['filterByTk', 'filter', 'fields', 'except', 'appends', 'sort', 'page', 'pageSize', 'paginate', 'count', 'after'],
  ...['whitelist', 'blacklist', 'updateAssociationValues', 'filterKeys', 'force', 'hidden'],
  ...['sourceId', 'targetId', 'method', 'sticky', 'sortField'],
  ...['measures', 'dimensions', 'having', 'orders', 'limit', 'offset'],
] as const

/** What stands under `data` of a success, with or without the number of pages beside it. */
export interface DocumentedAnswer {
  /** `page`: a list with `meta`; `records`: a list; `record`: one; `created`: one, or a list for a list; `whole`: no `data`. */
  readonly form: 'page' | 'records' | 'record' | 'created' | 'number' | 'ok' | 'whole'
  /** What each of them is; a record of the collection when absent. */
  readonly of?: z.ZodType
  /** The collection of these records, where it is not that of the resource. */
  readonly records?: string
  /** The fields of these records that come out, where the action and not rights on the collection decide it. */
  readonly fields?: readonly string[]
  /** Members of the answer beside those of the record. */
  readonly also?: z.ZodObject
}

/**
 * What the API document says of an action beyond its `input` and `output`. Everything may be left out: the document then
 * says what those say.
 */
export interface ActionDocument {
  /** Query parameters that are the same for many actions, by their names in the HTTP contract. */
  readonly parameters?: readonly string[]
  /** Its body is a record of the collection, or several, or changes of one, or a list of keys. */
  readonly body?: 'records' | 'record' | 'changes' | 'keys'
  /** Members that the body takes beside the fields of the record. */
  readonly also?: z.ZodObject
  readonly answer?: DocumentedAnswer
  /** Codes of the catalogue that it throws, beside those that every action may throw. */
  readonly errors?: readonly string[]
  /** Its address below the prefix, where that is not made of the names of resource and action. */
  readonly path?: string
}

const choice = ['filterByTk', 'filter']
const shape = ['fields', 'except', 'appends']
const taken = ['whitelist', 'blacklist', 'updateAssociationValues']

/** The actions that the HTTP contract gives to collections and associations. Only those that are registered are shown. */
export const builtinDocuments = {
  list: {
    parameters: ['filter', ...shape, 'sort', 'page', 'pageSize', 'paginate', 'count', 'after'],
    answer: { form: 'page' },
    errors: ['RESULT_TOO_LARGE'],
  },
  get: { parameters: [...choice, ...shape], answer: { form: 'record' } },
  create: { parameters: taken, body: 'records', answer: { form: 'created' } },
  update: {
    parameters: [...choice, ...taken],
    body: 'changes',
    answer: { form: 'records' },
    errors: ['EMPTY_FILTER'],
  },
  destroy: { parameters: choice, answer: { form: 'number' }, errors: ['EMPTY_FILTER', 'CONFLICT'] },
  firstOrCreate: { parameters: ['filterKeys', ...taken], body: 'record', answer: { form: 'record' } },
  updateOrCreate: { parameters: ['filterKeys', ...taken], body: 'record', answer: { form: 'record' } },
  query: {
    parameters: ['measures', 'dimensions', 'filter', 'having', 'orders', 'limit', 'offset'],
    answer: { form: 'records', of: z.looseObject({}) },
    errors: ['RESULT_TOO_LARGE', 'INVALID_VALUE', 'UNKNOWN_FIELD'],
  },
  move: { parameters: ['sourceId', 'targetId', 'method', 'sticky', 'sortField'], answer: { form: 'ok' } },
  add: { parameters: ['filterByTk'], body: 'keys', answer: { form: 'ok' } },
  set: { parameters: ['filterByTk'], body: 'keys', answer: { form: 'ok' } },
  remove: { parameters: ['filterByTk'], body: 'keys', answer: { form: 'ok' } },
  toggle: { parameters: ['filterByTk'], body: 'keys', answer: { form: 'ok' } },
} satisfies Readonly<Record<string, ActionDocument>>

const documents: ReadonlyMap<string, ActionDocument> = new Map(Object.entries(builtinDocuments))

/** What the document says of an action that every collection has, or every association. */
export const builtinDocument = (name: string): ActionDocument => documents.get(name) ?? {}

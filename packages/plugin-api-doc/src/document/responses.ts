import { createHash } from 'node:crypto'
import { definedErrors, type DescribedAction } from '@postern/core'
import type { Components, Part, Reference } from './components.js'

const titles: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  412: 'PreconditionFailed',
  413: 'PayloadTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'Unavailable',
}

/** Headers that come with a status. */
const headersOf: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'WWW-Authenticate': 'How to authenticate, with `error="invalid_token"` when a credential was no good' },
  429: { 'Retry-After': 'Seconds to wait' },
  503: { 'Retry-After': 'Seconds to wait' },
}

const anybodys = ['AMBIGUOUS_CREDENTIALS', 'INVALID_QUERY', 'INVALID_TOKEN', 'NO_PERMISSION', 'INSUFFICIENT_SCOPE']
const everybodys = [...anybodys, 'IP_NOT_ALLOWED', 'RATE_LIMITED', 'INTERNAL', 'UNAVAILABLE']
const ofBodies = ['INVALID_JSON', 'INVALID_VALUE', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']

const requestId = (components: Components): Part => ({
  'X-Request-Id': components.common('headers', 'X-Request-Id', () => ({
    description: 'Finds the request in the log.',
    schema: { type: 'string' },
  })),
})

const errorSchema = (components: Components): Reference =>
  components.common('schemas', 'Error', () => ({
    type: 'object',
    required: ['errors'],
    properties: {
      errors: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['code', 'message'],
          properties: {
            code: { type: 'string', description: 'Never reused for something else.', examples: ['NOT_FOUND'] },
            message: { type: 'string', description: 'A sentence for people.' },
            path: {
              type: 'string',
              description: 'Where in the input the fault is, such as `filter.title` or `2.name`.',
            },
            reason: { type: 'string', description: 'Why a credential is no good, for whoever proved all of it.' },
          },
        },
      },
    },
  }))

interface CatalogueEntry {
  readonly code: string
  readonly status: number
  readonly message: string
}

const sentence = (message: string): string => message.replace(/\{\w+\}/g, '…')

function errorResponse(status: number, entries: readonly CatalogueEntry[], components: Components): Part {
  const headers = Object.entries(headersOf[status] ?? {}).map(
    ([name, description]) =>
      [name, components.common('headers', name, () => ({ description, schema: { type: 'string' } }))] as const,
  )
  const examples = entries.map(
    ({ code, message }) => [code, { value: { errors: [{ code, message: sentence(message) }] } }] as const,
  )
  return {
    description: entries.map(({ code, message }) => `\`${code}\`: ${sentence(message)}`).join('\n\n'),
    headers: { ...requestId(components), ...Object.fromEntries(headers) },
    content: {
      'application/json': { schema: errorSchema(components), examples: Object.fromEntries(examples) },
    },
  }
}

function byStatusOf(entries: readonly CatalogueEntry[]): ReadonlyMap<number, readonly CatalogueEntry[]> {
  const byStatus = new Map<number, CatalogueEntry[]>()
  for (const entry of entries) byStatus.set(entry.status, [...(byStatus.get(entry.status) ?? []), entry])
  return byStatus
}

/** Codes that an action can answer with, beside those of its parameters. */
function codesOf(action: DescribedAction, hasBody: boolean): string[] {
  const { headers, input, document, needsKey, isPublic, reads, resource, collection } = action
  const isRecord = needsKey || resource.includes('.') || document.answer?.form === 'record'
  return [
    ...everybodys,
    ...(isPublic ? [] : ['EMPTY_TOKEN']),
    ...(hasBody ? ofBodies : []),
    ...(input ? ['INVALID_VALUE', 'UNKNOWN_FIELD'] : []),
    ...(document.body === 'keys' || document.body === undefined ? [] : ['UNKNOWN_FIELD', 'READONLY_FIELD']),
    ...(collection && !reads ? ['CONFLICT'] : []),
    ...(isRecord ? ['NOT_FOUND'] : []),
    ...(document.errors ?? []),
    ...headers.flatMap(({ errors = [] }) => errors),
  ]
}

/** Codes whose responses have plain names: those that most actions answer with. */
const ordinary = [...everybodys, 'EMPTY_TOKEN', 'NOT_FOUND', 'CONFLICT', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']

/**
 * The name of a response follows from what is in it and nothing else: it is the same in every part of a document, on every
 * node.
 */
function nameOf(status: number, entries: readonly CatalogueEntry[], usual: readonly CatalogueEntry[]): string {
  const title = titles[status] ?? `Error${status}`
  const codes = entries.map(({ code }) => code).join(' ')
  if (codes === usual.map(({ code }) => code).join(' ')) return title
  return `${title}-${createHash('sha256').update(codes).digest('hex').slice(0, 6)}`
}

/** Responses are shared by actions with the same errors. One of these serves all that is written in one go. */
export class ErrorResponses {
  readonly #catalogue = definedErrors()
  readonly #usual = byStatusOf(this.#catalogue.filter(({ code }) => ordinary.includes(code)))
  /** By codes: few actions differ in what they can answer. */
  readonly #byStatus = new Map<string, ReadonlyMap<number, readonly CatalogueEntry[]>>()

  /** @param more codes of the errors that the parameters can cause */
  of(action: DescribedAction, more: readonly string[], hasBody: boolean, components: Components): Part {
    const codes = new Set([...codesOf(action, hasBody), ...more])
    const key = [...codes].sort().join(' ')
    let byStatus = this.#byStatus.get(key)
    if (!byStatus) {
      const sorted = [...byStatusOf(this.#catalogue.filter(({ code }) => codes.has(code)))].sort(([a], [b]) => a - b)
      this.#byStatus.set(key, (byStatus = new Map(sorted)))
    }
    const responses = [...byStatus].map(([status, entries]): readonly [string, Reference] => [
      String(status),
      components.common('responses', nameOf(status, entries, this.#usual.get(status) ?? []), (inner) =>
        errorResponse(status, entries, inner),
      ),
    ])
    return { ...Object.fromEntries(responses), default: other(components) }
  }
}

const other = (components: Components): Reference =>
  components.common('responses', 'OtherError', (inner) => ({
    description: 'Any other error, in the same form.',
    headers: requestId(inner),
    content: { 'application/json': { schema: errorSchema(inner) } },
  }))

/** A success. */
export const success = (description: string, schema: Part, components: Components): Part => ({
  description,
  headers: requestId(components),
  content: { 'application/json': { schema } },
})

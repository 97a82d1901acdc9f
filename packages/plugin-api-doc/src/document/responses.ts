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
  'X-Request-Id': components.use('headers', 'X-Request-Id', () => ({
    description: 'Finds the request in the log.',
    schema: { type: 'string' },
  })),
})

const errorSchema = (components: Components): Reference =>
  components.use('schemas', 'Error', () => ({
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
      [name, components.use('headers', name, () => ({ description, schema: { type: 'string' } }))] as const,
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

function byStatusOf(codes: ReadonlySet<string>): ReadonlyMap<number, readonly CatalogueEntry[]> {
  const byStatus = new Map<number, CatalogueEntry[]>()
  for (const entry of definedErrors()) {
    if (codes.has(entry.code)) byStatus.set(entry.status, [...(byStatus.get(entry.status) ?? []), entry])
  }
  return byStatus
}

/** Codes that an action can answer with, beside those of its parameters. */
function codesOf({
  headers,
  input,
  document,
  needsKey,
  isPublic,
  reads,
  resource,
  collection,
}: DescribedAction): string[] {
  const hasBody = document.body !== undefined || (input !== undefined && !reads)
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

/** Responses are shared by actions with the same errors. */
export class ErrorResponses {
  readonly #names = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  /** By codes: few actions differ in what they can answer. */
  readonly #responses = new Map<string, Part>()

  constructor(private readonly components: Components) {}

  /** @param more codes of the errors that the parameters can cause */
  of(action: DescribedAction, more: readonly string[]): Part {
    const codes = new Set([...codesOf(action), ...more].sort())
    const key = [...codes].join(' ')
    let responses = this.#responses.get(key)
    if (!responses) this.#responses.set(key, (responses = this.#make(codes)))
    return responses
  }

  #make(codes: ReadonlySet<string>): Part {
    const byStatus = [...byStatusOf(codes)].sort(([a], [b]) => a - b)
    const responses = byStatus.map(([status, entries]) => [String(status), this.#response(status, entries)] as const)
    return { ...Object.fromEntries(responses), default: this.#other() }
  }

  #response(status: number, entries: readonly CatalogueEntry[]): Reference {
    const key = `${status} ${entries.map(({ code }) => code).join(' ')}`
    let name = this.#names.get(key)
    if (name === undefined) {
      const title = titles[status] ?? `Error${status}`
      const count = (this.#counts.get(title) ?? 0) + 1
      this.#counts.set(title, count)
      this.#names.set(key, (name = count === 1 ? title : `${title}${count}`))
    }
    return this.components.use('responses', name, () => errorResponse(status, entries, this.components))
  }

  #other(): Reference {
    return this.components.use('responses', 'OtherError', () => ({
      description: 'Any other error, in the same form.',
      headers: requestId(this.components),
      content: { 'application/json': { schema: errorSchema(this.components) } },
    }))
  }
}

/** A success. */
export const success = (description: string, schema: Part, components: Components): Part => ({
  description,
  headers: requestId(components),
  content: { 'application/json': { schema } },
})

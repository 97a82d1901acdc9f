import { follow, type ReadDocument, type ReadOperation } from './read-document.js'
import type { Answer } from './client.js'
import type { SchemaCheck } from './schema-check.js'

/** A header that may come on any answer, but stands in the document because it is of use, needs not come. */
const always = ['x-request-id']

/** What of an answer is not as the document says. */
export function answerFaults(
  document: ReadDocument,
  { responses }: ReadOperation,
  { status, headers, body }: Answer,
  check: SchemaCheck,
): readonly string[] {
  const response = responses.get(String(status)) ?? (status >= 400 ? responses.get('default') : undefined)
  if (!response) return [`The status ${status} is not in the document`]
  const missing = Object.keys(response.headers ?? {}).filter(
    (name) => always.includes(name.toLowerCase()) && !headers.has(name),
  )
  const faults = missing.map((name) => `The header ${name} is missing`)
  const [[type, media] = []] = Object.entries(response.content ?? {})
  if (type === undefined) return faults
  if (!(headers.get('content-type') ?? '').startsWith(type)) return [...faults, `It is not ${type}`]
  const { schema } = media ?? {}
  if (schema === undefined) return faults
  follow(document, schema)
  return [...faults, ...check(schema, body).map((fault) => `Its body is wrong: ${fault}`)]
}

import { sampleOf } from '../document/sample.js'
import { answerFaults } from './check-answer.js'
import type { Answer, Client } from './client.js'
import { follow, operationsOf, type ReadDocument, type ReadOperation, type ReadParameter } from './read-document.js'
import { schemaCheckOf, type SchemaCheck } from './schema-check.js'

export type Values = Readonly<Record<string, unknown>>

/** What became of one operation. */
export interface Outcome {
  readonly operation: string
  readonly status: number | null
  /** What is not as the document says. */
  readonly faults: readonly string[]
  /** Why it was not called. */
  readonly leftOut: string | null
}

/** Headers without which every call means something. */
const ordinary: ReadonlySet<string> = new Set(['X-Role', 'X-Timezone'])

export const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The records of an answer. */
export function recordsIn(body: unknown): readonly Values[] {
  const data = isObject(body) ? body['data'] : undefined
  return Array.isArray(data) ? data.filter(isObject) : isObject(data) ? [data] : []
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** What a record is called in addresses. */
export const keyOf = (record: Values | undefined, field: string | undefined): string | undefined => {
  const value = field === undefined ? (record?.['id'] ?? record?.['name']) : record?.[field]
  return value === undefined || value === null ? undefined : text(value)
}

/** Calls operations of one document with one credential, and compares the answers. */
export class Replay {
  readonly operations: readonly ReadOperation[]
  readonly outcomes: Outcome[] = []
  readonly #check: SchemaCheck

  constructor(
    private readonly document: ReadDocument,
    private readonly client: Client,
    private readonly prefix: string,
  ) {
    this.operations = operationsOf(document)
    this.#check = schemaCheckOf(document)
  }

  find(path: string): ReadOperation | undefined {
    return this.operations.find((one) => one.path === path)
  }

  /** A value that a schema of the document takes. */
  sample(schema: Values | undefined): unknown {
    return schema && sampleOf(schema, (part) => this.resolve(part))
  }

  resolve(part: Values): Values {
    const found = follow(this.document, part)
    return isObject(found) ? found : {}
  }

  leaveOut({ id }: ReadOperation, reason: string): void {
    this.outcomes.push({ operation: id, status: null, faults: [], leftOut: reason })
  }

  /** A value for a parameter that must be given. */
  #required({ example, schema }: ReadParameter): unknown {
    return example ?? this.sample(schema)
  }

  /** The address of a call; undefined when something that must be given cannot be made up. */
  #address({ path, parameters }: ReadOperation, given: Values): string | undefined {
    let address = path
    const query = new URLSearchParams()
    for (const parameter of parameters) {
      const value = given[parameter.name] ?? (parameter.required ? this.#required(parameter) : undefined)
      if (value === undefined && parameter.required) return undefined
      if (value === undefined) continue
      if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, encodeURIComponent(text(value)))
      if (parameter.in === 'query') query.append(parameter.name, text(value))
    }
    return `${this.prefix}${address}${query.size > 0 ? `?${query.toString()}` : ''}`
  }

  /** A header that says where the call takes place was not given: being asked for it is right. */
  #lacksHeader({ parameters }: ReadOperation): boolean {
    return parameters.some(
      ({ in: place, name }) => place === 'header' && !ordinary.has(name) && !this.client.sends(name),
    )
  }

  /**
   * Calls an operation and notes what is not as the document says.
   *
   * @param expected statuses that are right here; any that the document has when absent
   */
  async call(
    operation: ReadOperation,
    given: Values = {},
    { body, expected }: { readonly body?: unknown; readonly expected?: readonly number[] } = {},
  ): Promise<Answer | undefined> {
    const address = this.#address(operation, given)
    if (address === undefined) {
      this.leaveOut(operation, 'no value for a parameter that it needs is at hand')
      return undefined
    }
    const answer = await this.client.send({ method: operation.method, path: address, body })
    const right = expected && this.#lacksHeader(operation) ? [...expected, 400] : expected
    const unexpected =
      right && !right.includes(answer.status) ? [`${answer.status} where ${right.join(' or ')} is right`] : []
    const faults = [...unexpected, ...answerFaults(this.document, operation, answer, this.#check)]
    this.outcomes.push({
      operation: operation.id,
      status: answer.status,
      faults: faults.map((fault) => `${operation.method} ${address}: ${fault}`),
      leftOut: null,
    })
    return answer
  }
}

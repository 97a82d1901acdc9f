// Calls operations of a document and holds every answer against it, with a validator that is none of ours.
import { expect } from '@jest/globals'
import type { ReceivedJson, TestApp, TestResponse } from '@postern/testkit'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const methods = ['get', 'post']

export interface Given {
  readonly sourceId?: string | number
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Another credential than that of the contract; null: none. */
  readonly token?: string | null
}

export interface ContractOperation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly operation: ReceivedJson
}

export class Contract {
  readonly operations: ReadonlyMap<string, ContractOperation>
  /** The statuses that each operation answered with. */
  readonly seen = new Map<string, Set<number>>()
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false })
  readonly #compiled = new WeakMap<object, ValidateFunction>()

  constructor(
    private readonly app: TestApp,
    readonly document: ReceivedJson,
    private readonly token: string,
  ) {
    formats.default(this.#ajv)
    const all = Object.entries<ReceivedJson>(document.paths).flatMap(([path, byMethod]) =>
      methods
        .filter((method) => byMethod[method])
        .map((method): [string, ContractOperation] => {
          const operation = byMethod[method]
          return [operation.operationId, { id: operation.operationId, method: method.toUpperCase(), path, operation }]
        }),
    )
    this.operations = new Map(all)
  }

  resolve(part: ReceivedJson): ReceivedJson {
    const { $ref } = part ?? {}
    if (typeof $ref !== 'string') return part
    return $ref
      .slice(2)
      .split('/')
      .reduce((at: ReceivedJson, name) => at[name], this.document)
  }

  isValid(schema: ReceivedJson, value: unknown): boolean {
    return this.#validate(schema)(value)
  }

  #validate(schema: ReceivedJson): ValidateFunction {
    let validate = this.#compiled.get(schema)
    if (!validate) {
      validate = this.#ajv.compile({ components: this.document.components, ...schema })
      this.#compiled.set(schema, validate)
    }
    return validate
  }

  find(id: string): ContractOperation {
    const found = this.operations.get(id)
    if (!found) throw new Error(`The document has no operation ${id}`)
    return found
  }

  /** Calls an operation; its answer must have the status, and be as the document says. */
  async call(id: string, status: number, given: Given = {}): Promise<TestResponse> {
    const { method, path } = this.find(id)
    const { sourceId = '', query = {}, body, headers = {}, token = this.token } = given
    const texts = Object.entries(query).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
    const search = new URLSearchParams(texts).toString()
    const address = `/api${path.replace('{sourceId}', encodeURIComponent(sourceId))}${search === '' ? '' : `?${search}`}`
    const answer = await this.app.request(method, address, {
      headers,
      ...(token === null ? {} : { token }),
      ...(body === undefined ? {} : { body }),
    })
    expect({ id, address, body, status: answer.status, text: answer.text }).toMatchObject({ status })
    this.check(id, answer)
    if (status === 200 && method === 'GET') await this.#callByPost(id, path, given)
    return answer
  }

  /** What reads answers to POST too, with its parameters in the body. */
  async #callByPost(id: string, path: string, given: Given): Promise<void> {
    const post = this.operations.get(`${id}ByPost`)
    if (post?.path !== path) return
    const own = post.operation.parameters.map((one: ReceivedJson) => this.resolve(one).name)
    const entries = Object.entries(given.query ?? {})
    const body = Object.fromEntries(entries.filter(([name]) => !own.includes(name)))
    const query = Object.fromEntries(entries.filter(([name]) => own.includes(name)))
    await this.call(post.id, 200, { ...given, query, ...(post.operation.requestBody ? { body } : {}) })
  }

  /** Status, headers and body of an answer, against the document. */
  check(id: string, { status, headers, body }: TestResponse): void {
    this.seen.set(id, (this.seen.get(id) ?? new Set()).add(status))
    const { responses } = this.find(id).operation
    const given = responses[status]
    expect({ id, status, isDocumented: given !== undefined }).toEqual({ id, status, isDocumented: true })
    const response = this.resolve(given)
    for (const name of Object.keys(response.headers ?? {})) {
      const isConditional =
        status === 401 && name === 'WWW-Authenticate' && body?.errors?.[0]?.code === 'INVALID_CREDENTIALS'
      if (!isConditional) expect(Object.keys(headers)).toContain(name.toLowerCase())
    }
    expect(headers['content-type']).toMatch(/^application\/json/)
    const validate = this.#validate(response.content['application/json'].schema)
    const isRight = validate(body)
    expect({ id, status, body: isRight ? '' : body, errors: validate.errors }).toEqual({
      id,
      status,
      body: '',
      errors: null,
    })
  }
}

/** Values that something may be and something else not. */
const values: readonly unknown[] = [true, 12.5, -1e15, 'x', 'not-a-thing', {}, { a: 1 }, [], [1], null]

export interface BadRequest {
  readonly what: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Bodies that the schema of an operation refuses, each with one fault. */
export function badRequests(contract: Contract, { operation }: ContractOperation): readonly BadRequest[] {
  const media = operation.requestBody?.content?.['application/json']
  if (!media) return []
  const whole = contract.resolve(media.schema)
  const schema = contract.resolve(whole.anyOf?.[0] ?? whole)
  if (schema.type !== 'object' || !schema.properties) return []
  const base: Readonly<Record<string, unknown>> = media.example ?? {}
  const requests = Object.entries<ReceivedJson>(schema.properties).flatMap(([name, property]): BadRequest[] => {
    const wrong = values.filter((value) => !contract.isValid(property, value))
    const tooLong = typeof property.maxLength === 'number' ? ['x'.repeat(property.maxLength + 1)] : []
    return [...wrong, ...tooLong].map((value) => ({
      what: JSON.stringify(value).slice(0, 20),
      path: name,
      body: { ...base, [name]: value },
    }))
  })
  const missing = (schema.required ?? []).map((name: string): BadRequest => {
    const { [name]: _left, ...body } = base
    return { what: 'missing', path: name, body }
  })
  const unknown: BadRequest[] =
    schema.additionalProperties === false
      ? [{ what: 'unknown', path: 'noSuchMember', body: { ...base, noSuchMember: 1 } }]
      : []
  return [...requests, ...missing, ...unknown]
}

/** What must stand in the query, and which record is meant. */
export function requiredQuery(contract: Contract, { operation }: ContractOperation, key: unknown = 1): string {
  const parameters = operation.parameters.map((one: ReceivedJson) => contract.resolve(one))
  const wanted = parameters.filter(
    ({ in: place, name, required }: ReceivedJson) => place === 'query' && (required === true || name === 'filterByTk'),
  )
  return new URLSearchParams(
    wanted.map(({ name, example }: ReceivedJson) => [name, name === 'filterByTk' ? String(key) : String(example ?? 1)]),
  ).toString()
}

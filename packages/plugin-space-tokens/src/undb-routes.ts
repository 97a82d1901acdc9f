import { notFound, wire, type PluginContext, type Principal, type Reply } from '@postern/core'
import { spaced, spaceField } from './collections.js'
import { describeSpace } from './undb-document.js'
import { filterFrom } from './undb-filter.js'
import { enterSpace } from './undb-space.js'

type Context = PluginContext<object, object>
type Route = Parameters<Context['http']['body']>[0]
type Values = Readonly<Record<string, unknown>>

/** What a request to the interface is about. */
interface Asked {
  readonly route: Route
  /** Who calls, in the space; asked anew once the body is there. */
  principal: Principal
  readonly enter: () => Promise<Principal>
  readonly collection: string
  readonly id: string | undefined
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const displayed = (value: unknown): string | null => {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A record as undb shows it. */
function recordOf(row: unknown): { id: unknown; values: Values; displayValues: Values } {
  const { id, ...values } = isObject(row) ? row : {}
  const displayValues = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, displayed(value)]))
  return { id, values, displayValues }
}

const member = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined)
const dataOf = ({ body }: Reply): unknown => member(body, 'data')
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** @throws 400 INVALID_VALUE, UNKNOWN_FIELD */
async function bodyOf({ http }: Context, asked: Asked, ...names: readonly string[]): Promise<Values> {
  // Without a body nothing was said: what is needed of it is missing, as in an empty one.
  const body = (await http.body(asked.route)) ?? {}
  asked.principal = await asked.enter()
  if (!isObject(body)) throw wire.INVALID_VALUE({ problem: `the body must be an object with ${names.join(' and ')}` })
  const other = Object.keys(body).find((name) => !names.includes(name))
  if (other !== undefined) throw wire.UNKNOWN_FIELD({ name: other }).at(other)
  return body
}

/** A place, a choice or a name that the record has for itself: a copy gets one of its own. */
const given: ReadonlySet<string> = new Set(['sort', 'radio', 'uuid', 'nanoid'])

/** @throws 400 INVALID_VALUE */
function valuesIn(record: unknown, path = 'values'): Values {
  const values = member(record, 'values')
  if (isObject(values)) return values
  throw wire.INVALID_VALUE({ problem: `${path} must be an object of values by field` }).at(path)
}

/** The interface that undb's users know, for the records of one divided collection in one space. */
export class UndbRecords {
  constructor(private readonly context: Context) {}

  #call(
    action: string,
    { route, principal, collection, id: key }: Asked,
    call: { body?: unknown; params?: Values } = {},
  ) {
    const { resources, http } = this.context
    return resources.call(collection, action, { principal, key, request: http.facts(route), ...call })
  }

  list = async (asked: Asked): Promise<void> => {
    const { filter, page, pageSize, sort } = this.context.http.params(asked.route)
    // Whole records, always with the number of all: more cannot be asked for here.
    const given = { filter: filter === undefined ? undefined : filterFrom(filter), page, pageSize, sort }
    const present = Object.entries(given).filter(([, value]) => value !== undefined)
    const params = { ...Object.fromEntries(present), count: 'true' }
    const { body } = await this.#call('list', asked, { params })
    const records = listOf(member(body, 'data')).map(recordOf)
    asked.route.body = { total: member(member(body, 'meta'), 'count') ?? records.length, records }
  }

  get = async (asked: Asked): Promise<void> => {
    asked.route.body = recordOf(dataOf(await this.#call('get', asked)))
  }

  create = async (asked: Asked): Promise<void> => {
    const body = valuesIn(await bodyOf(this.context, asked, 'values'))
    asked.route.status = 201
    asked.route.body = recordOf(dataOf(await this.#call('create', asked, { body })))
  }

  createMany = async (asked: Asked): Promise<void> => {
    const { records } = await bodyOf(this.context, asked, 'records')
    if (!Array.isArray(records)) throw wire.INVALID_VALUE({ problem: 'records must be a list' }).at('records')
    const body = records.map((record: unknown, index) => valuesIn(record, `records.${index}.values`))
    const made = listOf(dataOf(await this.#call('create', asked, { body })))
    asked.route.status = 201
    asked.route.body = { createdCount: made.length }
  }

  update = async (asked: Asked): Promise<void> => {
    const body = valuesIn(await bodyOf(this.context, asked, 'values'))
    const [row] = listOf(dataOf(await this.#call('update', asked, { body })))
    asked.route.body = recordOf(row)
  }

  updateMany = async (asked: Asked): Promise<void> => {
    const given = await bodyOf(this.context, asked, 'filter', 'values')
    const params = given['filter'] === undefined ? {} : { filter: filterFrom(given['filter']) }
    const changed = listOf(dataOf(await this.#call('update', asked, { body: valuesIn(given), params })))
    asked.route.body = { modifiedCount: changed.length }
  }

  destroy = async (asked: Asked): Promise<void> => {
    await this.#call('destroy', asked)
    asked.route.status = 204
  }

  destroyMany = async (asked: Asked): Promise<void> => {
    const { filter } = await bodyOf(this.context, asked, 'filter')
    const params = filter === undefined ? {} : { filter: filterFrom(filter) }
    asked.route.body = { deletedCount: dataOf(await this.#call('destroy', asked, { params })) }
  }

  /** A new record with the values of this one, save those that the server gives. */
  duplicate = async (asked: Asked): Promise<void> => {
    const row = dataOf(await this.#call('get', asked))
    const fields = this.context.collections.fieldsOf(asked.collection)
    const copied = fields.filter(
      ({ readOnly, name, type }) =>
        !readOnly && !given.has(type) && name !== spaceField && member(row, name) !== undefined,
    )
    const body = Object.fromEntries(copied.map(({ name }) => [name, member(row, name)]))
    const made = await this.#call('create', { ...asked, id: undefined }, { body })
    asked.route.status = 201
    asked.route.body = recordOf(dataOf(made))
  }
}

type Handler = (asked: Asked) => Promise<void>
type Methods = Readonly<Record<string, Handler>>

/** What answers below `…/tables/<collection>/records`, by the rest of the path. */
const handlersOf = (records: UndbRecords, rest: readonly string[]): Methods | undefined => {
  const { list, get, create, createMany, update, updateMany, destroy, destroyMany, duplicate } = records
  const [first, second, ...more] = rest
  if (more.length > 0) return undefined
  if (first === undefined) return { GET: list, POST: create, PATCH: updateMany, DELETE: destroyMany }
  if (second === 'duplicate') return { POST: duplicate }
  if (second !== undefined) return undefined
  return first === 'bulk' ? { POST: createMany } : { GET: get, PATCH: update, DELETE: destroy }
}

const prefix = '/openapi/bases/'

/** @throws 404 for what is no percent-encoded text */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw notFound()
  }
}

/** `/openapi/bases/<space>/tables/<collection>/records…`, and the document of it. */
export function routeUndb(context: Context): void {
  const records = new UndbRecords(context)
  context.http.router().all(/^\/openapi\/bases\//, async (route) => {
    const principal = await context.auth.identify(route)
    const [space = '', tables, collection, ...rest] = route.path.slice(prefix.length).split('/').map(decoded)
    const enter = async (caller?: Principal): Promise<Principal> =>
      enterSpace(caller ?? (await context.auth.identify(route)), space, context.db)
    const inside = await enter(principal)
    const isDocument = (tables === 'openapi.json' && collection === undefined) || rest.join('/') === 'openapi.json'
    if (isDocument) {
      const only = tables === 'tables' ? collection : undefined
      return void (route.body = await describeSpace(context, inside, space, only))
    }
    const [last, ...more] = rest
    const isThere = tables === 'tables' && collection !== undefined && context.collections.has(collection, spaced)
    const methods = isThere && last === 'records' ? handlersOf(records, more) : undefined
    if (!methods || collection === undefined) throw notFound()
    const handler = methods[route.method === 'HEAD' ? 'GET' : route.method]
    if (!handler) {
      const allowed = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
      throw wire.METHOD_NOT_ALLOWED({ method: route.method }).withHeaders({ Allow: allowed.join(', ') })
    }
    const id = more[0] === 'bulk' ? undefined : more[0]
    await handler({ route, principal: inside, enter, collection, id })
  })
}

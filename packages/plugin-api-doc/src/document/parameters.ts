import { aggregations, type DescribedAction } from '@postern/core'
import type { Components, Part, Reference } from './components.js'
import { filterExample, filterSchema } from './filter-schemas.js'
import { componentName } from './names.js'
import { byCollection, byReadable, byWritable, type RecordSchemas, type Shared } from './record-schemas.js'

/** What is needed to describe a parameter, and under which name it stands where it depends on the collection. */
interface Known {
  readonly make: (action: DescribedAction, records: RecordSchemas, components: Components) => Part
  /** It is another one for each collection, and for actions that differ in this. */
  readonly varies?: Shared
  /** Shown only where there is something to say: relations, for one. */
  readonly applies?: (action: DescribedAction, records: RecordSchemas) => boolean
  /** Codes of errors that it can cause. */
  readonly errors: readonly string[]
}

const query = (description: string, schema: Part, more: Part = {}): Part => ({ description, schema, ...more })
/** A value that the query string carries as one JSON text, and the body of a POST as it is. */
const asJson = (description: string, schema: Part, example?: unknown): Part => ({
  description,
  schema: { type: 'string', contentMediaType: 'application/json', contentSchema: schema },
  ...(example === undefined ? {} : { example: JSON.stringify(example) }),
})
/** `a,b` */
const listed = { style: 'form', explode: false }
const namesIn = (known: Part, dotted: boolean): Part => ({
  type: 'array',
  items: dotted ? { anyOf: [known, { type: 'string', pattern: '\\.' }] } : known,
})
const oneOf = (values: readonly string[]): Part =>
  values.length === 0 ? { type: 'string' } : { type: 'string', enum: values }
const names = (values: readonly string[], dotted: boolean): Part => namesIn(oneOf(values), dotted)
const whole = (maximum: number, more: Part = {}): Part => ({ type: 'integer', minimum: 1, maximum, ...more })
const fixed = (description: string, schema: Part, errors: readonly string[], more: Part = {}): Known => ({
  make: () => query(description, schema, more),
  errors,
})
const hasRelations = ({ collection }: DescribedAction, records: RecordSchemas): boolean =>
  collection !== undefined && records.relationsOf(collection).length > 0

const keyTypes = ['integer', 'string']

/** The key of a record, and which of its fields that is. */
function keyParameter({ collection }: DescribedAction): Part {
  const field = collection?.fields.get(collection.targetKey)
  const about = 'Which record, by the key that identifies it; several with commas between.'
  if (!field || field.name === 'id') return query(about, { type: keyTypes }, { example: 1 })
  return query(about, { type: keyTypes }, { 'x-field': field.name })
}

/** The fields that a caller may name, said once for all parameters that take them. */
function fieldName(action: DescribedAction, records: RecordSchemas, components: Components): Part {
  const make = (): Part => oneOf(records.shown(action).map(({ name }) => name))
  return action.collection ? components.use('schemas', records.name(action, 'field', byReadable), make) : make()
}

function fieldNames(action: DescribedAction, records: RecordSchemas, components: Components): Part {
  return namesIn(fieldName(action, records, components), hasRelations(action, records))
}

function filterParameter(action: DescribedAction, records: RecordSchemas, components: Components): Part {
  const { collection } = action
  const fields = records.shown(action)
  const relations = collection ? records.relationsOf(collection).map(({ name }) => name) : []
  const name = collection ? records.name(action, 'filter', byReadable) : 'Filter'
  const schema = filterSchema(name, fields, relations, components)
  return asJson(
    'Which records. One JSON text, or bracket-nested: `filter[title][$includes]=a`.',
    schema,
    filterExample(fields),
  )
}

function sortParameter(action: DescribedAction, records: RecordSchemas, components: Components): Part {
  const fields = records.shown(action).map(({ name }) => name)
  const make = (): Part => oneOf(fields.flatMap((name) => [name, `-${name}`]))
  const known = action.collection ? components.use('schemas', records.name(action, 'order', byReadable), make) : make()
  const schema = namesIn(known, hasRelations(action, records))
  return query('The order; `-` is descending. The primary key always comes last.', schema, {
    ...listed,
    ...(fields.includes('createdAt') ? { example: ['-createdAt'] } : {}),
  })
}

const relationNames: Known['make'] = ({ collection }, records) => {
  const found = collection ? records.relationsOf(collection).map(({ name }) => name) : []
  return query('Related records to come along, such as `user,comments.author`.', names(found, true), listed)
}

const listOf = (properties: Part, required: readonly string[] = []): Part => ({
  type: 'array',
  items: {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  },
})
const alias = { type: 'string', description: 'The name of the column in the answer.' }

function measures(action: DescribedAction, records: RecordSchemas, components: Components): Part {
  const aggregation = { type: 'string', enum: [...aggregations.keys()] }
  const members = { field: fieldName(action, records, components), aggregation, alias, distinct: { type: 'boolean' } }
  const about = 'What is computed. `measures`, `dimensions` or both must be given.'
  return asJson(about, listOf(members, ['aggregation']), [{ aggregation: 'count', alias: 'count' }])
}

function dimensions(action: DescribedAction, records: RecordSchemas, components: Components): Part {
  const format = { type: 'string', description: 'Of dates, such as `YYYY-MM`.' }
  const members = { field: fieldName(action, records, components), alias, format }
  return asJson('By what it is grouped.', listOf(members, ['field']))
}

const orderList = listOf({
  field: { type: 'string' },
  alias: { type: 'string' },
  order: { type: 'string', enum: ['asc', 'desc'] },
  nulls: { type: 'string', enum: ['default', 'first', 'last'] },
})

/** The parameters of the HTTP contract, by their names. */
const known: Readonly<Record<string, Known>> = {
  filterByTk: {
    make: keyParameter,
    errors: ['INVALID_QUERY', 'NOT_FOUND'],
  },
  filter: { make: filterParameter, varies: byReadable, errors: ['INVALID_FILTER'] },
  fields: {
    make: (action, records, components) => query('Only these fields.', fieldNames(action, records, components), listed),
    varies: byReadable,
    errors: ['INVALID_FIELDS'],
  },
  except: {
    make: (action, records, components) =>
      query('All fields but these.', fieldNames(action, records, components), listed),
    varies: byReadable,
    errors: ['INVALID_FIELDS'],
  },
  appends: { make: relationNames, varies: byCollection, applies: hasRelations, errors: ['INVALID_FIELDS'] },
  sort: { make: sortParameter, varies: byReadable, errors: ['INVALID_SORT'] },
  page: fixed('Which page, from 1.', whole(9_999_999, { default: 1 }), ['INVALID_PAGE']),
  pageSize: fixed('How many records on a page.', whole(1000, { default: 20 }), ['INVALID_PAGE']),
  paginate: fixed('`false`: everything at once, without `meta`.', { type: 'boolean', default: true }, [
    'INVALID_QUERY',
  ]),
  count: fixed('`false`: no count, which spares work; `meta` says whether there is a next page.', { type: 'boolean' }, [
    'INVALID_QUERY',
  ]),
  after: fixed('Goes on behind the `nextCursor` of an answer that came with `count=false`.', { type: 'string' }, [
    'INVALID_PAGE',
  ]),
  whitelist: {
    make: ({ writable }) =>
      query('Members of the body that are taken; others are dropped.', names(writable, false), listed),
    varies: byWritable,
    errors: ['INVALID_FIELDS'],
  },
  blacklist: {
    make: ({ writable }) => query('Members of the body that are dropped.', names(writable, false), listed),
    varies: byWritable,
    errors: ['INVALID_FIELDS'],
  },
  updateAssociationValues: {
    make: (action, records, components) => ({
      ...relationNames(action, records, components),
      description: 'Relations whose records in the body are made or changed too.',
    }),
    varies: byCollection,
    applies: hasRelations,
    errors: ['INVALID_FIELDS'],
  },
  filterKeys: {
    make: ({ writable, collection }) =>
      query('The fields by which the record is looked for.', names(writable, false), {
        ...listed,
        required: true,
        example: [writable.find((name) => collection?.fields.get(name)?.needed) ?? writable[0] ?? 'id'],
      }),
    varies: byWritable,
    errors: ['INVALID_FIELDS'],
  },
  force: fixed('`true`: data may be lost.', { type: 'boolean', default: false }, ['INVALID_QUERY']),
  hidden: fixed('`true`: hidden ones too.', { type: 'boolean', default: false }, ['INVALID_QUERY']),
  sourceId: fixed('Which record moves.', { type: keyTypes }, ['INVALID_QUERY', 'NOT_FOUND'], { required: true }),
  targetId: fixed('To where which record is.', { type: keyTypes }, ['INVALID_QUERY', 'NOT_FOUND']),
  method: fixed('Behind it, or before it.', { type: 'string', enum: ['insertAfter', 'prepend'] }, ['INVALID_QUERY']),
  sticky: fixed('`true`: to the top.', { type: 'boolean', default: false }, ['INVALID_QUERY']),
  sortField: fixed('The field of the order.', { type: 'string' }, ['INVALID_QUERY']),
  measures: { make: measures, varies: byReadable, errors: ['INVALID_QUERY'] },
  dimensions: { make: dimensions, varies: byReadable, errors: ['INVALID_QUERY'] },
  having: { make: () => asJson('Which groups, by their aliases.', { type: 'object' }), errors: ['INVALID_FILTER'] },
  orders: { make: () => asJson('In which order.', orderList), errors: ['INVALID_SORT'] },
  limit: fixed('How many rows at most.', whole(10_000), ['INVALID_PAGE']),
  offset: fixed('How many rows are left out first.', { type: 'integer', minimum: 0 }, ['INVALID_PAGE']),
}

/** The names that have a description. */
export const knownParameters: readonly string[] = Object.keys(known)

/** The query parameters of an action that are known by name, and the codes of the errors that they can cause. */
export function knownQuery(
  action: DescribedAction,
  records: RecordSchemas,
  components: Components,
): { readonly parameters: readonly Reference[]; readonly errors: readonly string[] } {
  const { collection } = action
  const wanted = (action.document.parameters ?? []).flatMap((name) => {
    const parameter = known[name]
    return parameter && parameter.applies?.(action, records) !== false ? [{ name, parameter }] : []
  })
  const parameters = wanted.map(({ name, parameter }) => {
    const hasOwnKey = name === 'filterByTk' && (collection?.targetKey ?? 'id') !== 'id'
    const varies = parameter.varies ?? (hasOwnKey ? byCollection : undefined)
    const component =
      varies && collection
        ? records.name(action, `query.${name}`, varies)
        : componentName(name === 'sourceId' ? 'moved' : name)
    const make = (): Part => ({ name, in: 'query', ...parameter.make(action, records, components) })
    return varies && collection
      ? components.use('parameters', component, make)
      : components.common('parameters', component, make)
  })
  return { parameters, errors: wanted.flatMap(({ parameter }) => parameter.errors) }
}

import { rowsOf, variablesOf } from '../../acl/permission.js'
import {
  aggregateStatement,
  dimensionField,
  groupsFrom,
  measuredField,
  type Aggregate,
} from '../../database/aggregate.js'
import type { CompiledCollection } from '../../database/collection.js'
import { allOf, type Condition } from '../../database/filter/condition.js'
import { parseFilter } from '../../database/filter/parse-filter.js'
import { wire } from '../../kernel/wire-errors.js'
import { Reply, type ActionCall } from '../action.js'
import { callTime, zoneOf } from '../call-time.js'
import { numberParameter, parameter, type Parameter } from '../parameters.js'
import { jsonParameter, ordersOf, QueryInput } from '../query-input.js'
import { sightThrough } from '../sight.js'
import { filterOf } from '../target.js'
import type { CrudAction } from './crud.js'

const furthest = 9_999_999

type Columns = Pick<Aggregate, 'measures' | 'dimensions' | 'through'>

function columnsOf(collection: CompiledCollection, call: ActionCall, given: (name: string) => Parameter): Columns {
  const input = new QueryInput(collection, sightThrough(call, collection, call.permission))
  const dimensions = input.dimensions(given('dimensions'))
  const measures = input.measures(given('measures'))
  if (measures.length + dimensions.length > 0) return { measures, dimensions, through: input.through }
  throw wire.INVALID_QUERY({ problem: 'measures or dimensions say what is asked for' }).at('measures')
}

/** A filter on the columns of the answer. */
function havingOf({ measures, dimensions }: Columns, call: ActionCall, given: Parameter): Condition {
  const { value, textual } = jsonParameter('having', given)
  if (value === undefined) return allOf()
  const columns = [...dimensions.map(dimensionField), ...measures.map(measuredField)]
  const fields = new Map(columns.map((field) => [field.name, field]))
  const [targetKey] = columns
  if (!targetKey) return allOf()
  const answer: CompiledCollection = {
    name: 'groups',
    options: {},
    fields,
    relations: new Map(),
    collections: { get: () => undefined, lookUp: () => undefined },
    visible: [...fields.keys()],
    targetKey,
    revision: 0,
  }
  const variable = variablesOf(call.principal)
  return parseFilter(answer, value, { textual, variable, time: callTime(call), path: 'having' })
}

function aggregateOf(collection: CompiledCollection, call: ActionCall, most: number): Aggregate {
  const given = (name: string): Parameter => parameter(call, name, true)
  const columns = columnsOf(collection, call, given)
  const rows = rowsOf(call.permission, collection, call.principal, call.clock.now())
  return {
    ...columns,
    condition: allOf(filterOf(collection, call, true, call.permission), rows),
    having: havingOf(columns, call, given('having')),
    orders: ordersOf(given('orders'), columns),
    limit: numberParameter('limit', given('limit'), most + 1, most),
    offset: numberParameter('offset', given('offset'), 0, furthest, 0),
    zone: () => zoneOf(call),
  }
}

export const query: CrudAction = {
  name: 'query',
  summary: 'Count, add up and compare the values of many records, in groups',
  reads: true,
  performs: ['list'],
  run: async ({ call, collection, context }) => {
    const most = context.limits.unpaged
    const aggregate = aggregateOf(collection, call, most)
    const { rows } = await context.executor.run(aggregateStatement(collection, aggregate))
    if (rows.length > most) throw wire.RESULT_TOO_LARGE({ limit: `${most} rows` })
    return new Reply({ data: groupsFrom(rows, aggregate.measures) })
  },
}

import { randomUUID } from 'node:crypto'
import type { ReadOperation } from './read-document.js'
import { isObject, keyOf, recordsIn, type Replay, type Values } from './replay.js'
import { resourceOf } from './reading.js'

/** Collections: what makes a record, and what removes it. */
interface Pair {
  readonly resource: string
  readonly create: ReadOperation
  readonly destroy: ReadOperation
}

const jsonOf = (operation: ReadOperation) => operation.body?.content['application/json']
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The schema of one record, where a body takes records. */
function recordSchema(replay: Replay, operation: ReadOperation): Values | undefined {
  const { schema } = jsonOf(operation) ?? {}
  const [one] = listOf(schema?.['anyOf']).filter(isObject)
  return schema && replay.resolve(one ?? schema)
}

function pairsOf(replay: Replay): readonly Pair[] {
  return replay.operations.flatMap((create): readonly Pair[] => {
    const resource = resourceOf(create.path)
    const destroy = replay.find(`${resource}:destroy`)
    const isOfRecords = create.path === `${resource}:create` && jsonOf(create)?.schema?.['anyOf'] !== undefined
    return isOfRecords && destroy && !resource.includes('{') ? [{ resource, create, destroy }] : []
  })
}

/** Texts that may be anything get a mark of their own, so that they are in nobody's way where they have to be unique. */
function marked(value: unknown, schema: Values): unknown {
  const isFree = schema['pattern'] === undefined && schema['format'] === undefined && schema['enum'] === undefined
  const { maxLength } = schema
  if (typeof value !== 'string') return value
  const mark = randomUUID()
  if (value.includes('@')) return `${mark}@example.com`
  return isFree && (typeof maxLength !== 'number' || maxLength >= 60) ? `postern verify ${mark}` : value
}

/** A new record of which nothing is like another one. */
export function freshRecord(replay: Replay, schema: Values): Values | undefined {
  const sample = replay.sample(schema)
  if (!isObject(sample)) return undefined
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const required = listOf(schema['required'])
  // Only what has to be given: what else there is may refer to records that are not there.
  const members = Object.entries(sample).filter(([name]) => required.length === 0 || required.includes(name))
  return Object.fromEntries(
    members.map(([name, value]) => [name, marked(value, isObject(properties[name]) ? properties[name] : {})]),
  )
}

/** Calls what works on one record with a record that was just made. */
async function replayOnRecord(replay: Replay, pair: Pair, record: Values, values: Values): Promise<void> {
  const own = replay.operations.filter(({ path, reads }) => !reads && resourceOf(path) === pair.resource)
  for (const operation of own) {
    if (operation === pair.create || operation === pair.destroy) continue
    const wanted = operation.parameters.find(({ name }) => name === 'filterByTk')
    const isMove = operation.path.endsWith(':move')
    if (!wanted && !isMove) {
      replay.leaveOut(operation, 'it is not about one record')
      continue
    }
    const isUpdate = operation.path.endsWith(':update')
    const key = keyOf(record, wanted?.['x-field'])
    const given = isMove ? { sourceId: key, sticky: true } : { filterByTk: key }
    const body = isUpdate ? values : jsonOf(operation)?.example
    await replay.call(operation, given, { body, ...(isUpdate ? { expected: [200] } : {}) })
  }
}

function leaveOut(replay: Replay, { resource, create }: Pair, reason: string, withCreate: boolean): void {
  for (const operation of replay.operations) {
    const isOwn = resourceOf(operation.path) === resource && !operation.reads
    if (isOwn && (withCreate || operation !== create)) replay.leaveOut(operation, reason)
  }
}

async function replayPair(replay: Replay, pair: Pair): Promise<void> {
  const schema = recordSchema(replay, pair.create)
  const values = schema && freshRecord(replay, schema)
  if (!values) return leaveOut(replay, pair, 'no record that its fields take is at hand', true)
  const answer = await replay.call(pair.create, {}, { body: values })
  const [record] = recordsIn(answer?.body)
  if (answer?.status !== 200 || !record) return leaveOut(replay, pair, 'no record could be made for it', false)
  const wanted = pair.destroy.parameters.find(({ name }) => name === 'filterByTk')
  try {
    await replayOnRecord(replay, pair, record, values)
  } finally {
    await replay.call(pair.destroy, { filterByTk: keyOf(record, wanted?.['x-field']) }, { expected: [200] })
  }
}

/** Calls what writes: on records that are made here and removed again, and nothing else. */
export async function replayWriting(replay: Replay): Promise<void> {
  const pairs = pairsOf(replay)
  for (const pair of pairs) await replayPair(replay, pair)
  const ofRecords = new Set(pairs.map(({ resource }) => resource))
  for (const operation of replay.operations) {
    if (operation.reads || ofRecords.has(resourceOf(operation.path))) continue
    replay.leaveOut(operation, 'it would change more than what this check makes itself')
  }
}

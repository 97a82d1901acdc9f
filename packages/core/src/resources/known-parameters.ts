import { z } from 'zod'
import { combineErrors, type AppError } from '../kernel/errors.js'
import { didYouMean } from '../kernel/nearest-name.js'
import { wire } from '../kernel/wire-errors.js'
import { mostFaults } from '../schema/shape.js'
import { builtinDocument, type ActionDocument } from './action-document.js'
import { isObject } from './parameters.js'
import type { FoundAction } from './resource-registry.js'

interface Asked {
  readonly verb: string
  readonly params: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

type Members = Readonly<Record<string, unknown>>
const none: readonly string[] = []

/** Of actions that every collection or association has. */
function documentOf(found: FoundAction): ActionDocument {
  if (found.kind === 'defined') return found.action.document ?? {}
  // Below a record there may be one record only: its list is that record.
  const isOne = found.kind === 'association' && !found.relation.many && found.action.name === 'list'
  return builtinDocument(isOne ? 'get' : found.action.name)
}

/** The members that an input takes; undefined when they cannot be told. */
function inputNames(found: FoundAction): readonly string[] | undefined {
  const input = found.kind === 'defined' ? found.action.input : undefined
  if (!input) return none
  return input instanceof z.ZodObject && !input.def.catchall ? Object.keys(input.shape) : undefined
}

/** The parameters that a call may have; undefined when any may be there. */
function knownTo(found: FoundAction, withInput: boolean): ReadonlySet<string> | undefined {
  const input = withInput ? inputNames(found) : none
  if (!input) return undefined
  const isKeyed = found.kind === 'defined' && found.action.key === true
  return new Set([...(documentOf(found).parameters ?? none), ...input, ...(isKeyed ? ['filterByTk'] : none)])
}

function faultsIn(given: Members, known: ReadonlySet<string> | undefined): AppError[] {
  if (!known) return []
  return Object.keys(given)
    .filter((name) => !known.has(name))
    .slice(0, mostFaults)
    .map((name) =>
      wire.INVALID_QUERY({ problem: `there is no parameter "${name}"${didYouMean(name, [...known])}` }).at(name),
    )
}

/** Both say the same of one call, and one would be left out. */
const saidTwice = ({ params, body }: Asked): AppError[] =>
  Object.keys(params)
    .filter((name) => isObject(body) && Object.hasOwn(body, name))
    .map((name) => wire.INVALID_QUERY({ problem: `"${name}" is in the address and in the body` }).at(name))

/**
 * A parameter that an action does not know would be left out in silence, and the answer be another one than was asked
 * for: in the address of every action, and in the body of those that read.
 *
 * @throws 400 INVALID_QUERY, one entry for each
 */
export function checkParameters(found: FoundAction, asked: Asked): void {
  const { verb, params, body } = asked
  const reads = found.action.reads === true
  const names = Object.keys(params).length > 0
  if (!names && !reads) return
  // The input of an action comes from the body where there is one.
  const fromBody = (verb === 'POST' || verb === 'rest') && body !== undefined
  const faults = names ? faultsIn(params, knownTo(found, !fromBody)) : []
  if (reads && isObject(body)) faults.push(...faultsIn(body, knownTo(found, true)), ...saidTwice(asked))
  const [first, ...rest] = faults
  if (first) throw combineErrors([first, ...rest])
}

import { z } from 'zod'
import { combineErrors, type AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import { mostFaults } from '../schema/shape.js'

/** The schema under `optional`, `nullable` and `default`. */
function bare(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return bare(schema.unwrap())
  return schema
}

/** In a query string everything is text: members that the schema knows as numbers or booleans are read as such. */
function fromText(schema: unknown, text: unknown): unknown {
  if (typeof text !== 'string') return text
  const type = bare(schema)
  if (type instanceof z.ZodNumber) return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  if (type instanceof z.ZodBoolean)
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text
  if (type instanceof z.ZodArray) return text.split(',').map((item) => fromText(type.element, item))
  return text
}

export function inputFromQuery(schema: z.ZodType, params: Readonly<Record<string, unknown>>): unknown {
  if (!(schema instanceof z.ZodObject)) return params
  const shape: Readonly<Record<string, unknown>> = schema.shape
  return Object.fromEntries(
    Object.keys(shape).flatMap((name) =>
      params[name] === undefined ? [] : [[name, fromText(shape[name], params[name])]],
    ),
  )
}

function faultOf(issue: z.core.$ZodIssue): AppError {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys
    return wire.UNKNOWN_FIELD({ name }).at(path === '' ? name : `${path}.${name}`)
  }
  const fault = wire.INVALID_VALUE({ problem: path === '' ? issue.message : `${path}: ${issue.message}` })
  return path === '' ? fault : fault.at(path)
}

/** Checks the input of an action. @throws 400 INVALID_VALUE or UNKNOWN_FIELD, one entry for each fault */
export function parseInput<I>(schema: z.ZodType<I>, input: unknown): I {
  const strict = schema instanceof z.ZodObject ? unknownNames(schema, input) : []
  const result = schema.safeParse(input)
  const issues = result.success ? [] : result.error.issues.slice(0, mostFaults)
  const [first, ...rest] = [...strict, ...issues.map(faultOf)]
  if (first) throw combineErrors([first, ...rest])
  if (!result.success) throw wire.INVALID_VALUE({ problem: 'The input is not valid' })
  return result.data
}

/** Members that the schema does not know are faults, as they are in the body of a record. */
function unknownNames(schema: z.ZodObject, input: unknown): AppError[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input) || schema.def.catchall) return []
  const shape: object = schema.shape
  return Object.keys(input)
    .filter((name) => !Object.hasOwn(shape, name))
    .slice(0, mostFaults)
    .map((name) => wire.UNKNOWN_FIELD({ name }).at(name))
}

import { wire } from '../kernel/wire-errors.js'
import { parseExactJson, SaidTwice, TooDeep } from '../schema/exact-json.js'

/**
 * Parses a JSON body. Numbers that JavaScript would change are kept as `ExactNumber`.
 *
 * @throws 400 INVALID_JSON; INVALID_VALUE for text that is not UTF-8
 */
export function parseJsonBody(bytes: Buffer, depth: number): unknown {
  try {
    return parseExactJson(bytes, depth)
  } catch (cause) {
    if (cause instanceof TooDeep) throw wire.INVALID_JSON({ problem: `it has more than ${depth} levels` }, cause)
    if (cause instanceof SaidTwice) throw wire.INVALID_JSON({ problem: 'an object says a member twice' }, cause)
    if (cause instanceof SyntaxError) throw wire.INVALID_JSON({ problem: 'it could not be parsed' }, cause)
    throw wire.INVALID_VALUE({ problem: 'A text in the body is not UTF-8' }, cause)
  }
}

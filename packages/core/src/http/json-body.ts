import { wire } from '../kernel/wire-errors.js'
import { parseExactJson, TooDeep, TooMany, type JsonLimits } from '../schema/exact-json.js'

/**
 * Parses a JSON body. Numbers that JavaScript would change are kept as `ExactNumber`.
 *
 * @throws 400 INVALID_JSON; INVALID_VALUE for text that is not UTF-8
 */
export function parseJsonBody(bytes: Buffer, limits: JsonLimits): unknown {
  try {
    return parseExactJson(bytes, limits)
  } catch (cause) {
    if (cause instanceof TooDeep) throw wire.INVALID_JSON({ problem: `it has more than ${limits.depth} levels` }, cause)
    if (cause instanceof TooMany)
      throw wire.INVALID_JSON({ problem: `it has more than ${limits.values} values` }, cause)
    if (cause instanceof SyntaxError) throw wire.INVALID_JSON({ problem: 'it could not be parsed' }, cause)
    throw wire.INVALID_VALUE({ problem: 'A text in the body is not UTF-8' }, cause)
  }
}

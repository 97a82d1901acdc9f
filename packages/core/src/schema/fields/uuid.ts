import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { FieldKind } from '../field.js'

/** A UUID (RFC 9562), lower case. Fills itself when absent. */
export const uuid: FieldKind<string> = {
  kind: 'uuid',
  accepts: [],
  operators: 'id',
  schema: () => z.guid('must be a UUID').transform((text) => text.toLowerCase()),
  generate: randomUUID,
}

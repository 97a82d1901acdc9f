import { fieldOf, type Field, type FieldKind, type FieldOptions } from './field.js'
import { array } from './fields/array.js'
import { bigInt } from './fields/big-int.js'
import { boolean } from './fields/boolean.js'
import { dateOnly } from './fields/date-only.js'
import { datetime } from './fields/datetime.js'
import { datetimeNoTz } from './fields/datetime-no-tz.js'
import { decimal } from './fields/decimal.js'
import { double } from './fields/double.js'
import { enumeration } from './fields/enum.js'
import { float } from './fields/float.js'
import { integer } from './fields/integer.js'
import { json } from './fields/json.js'
import { nanoid } from './fields/nanoid.js'
import { string } from './fields/string.js'
import { text } from './fields/text.js'
import { time } from './fields/time.js'
import { uuid } from './fields/uuid.js'

/** Every kind of field by its name on the wire. */
export const fieldKinds: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>(
  [
    string,
    text,
    integer,
    bigInt,
    float,
    double,
    decimal,
    boolean,
    datetime,
    datetimeNoTz,
    dateOnly,
    time,
    uuid,
    nanoid,
    json,
    array,
    enumeration,
  ].map((kind) => [kind.kind, kind]),
)

/**
 * Fields in code. A field is required unless it says `maybe()` or has a `default`.
 *
 * @example
 * defineCollection('notes', { title: f.string({ maxLength: 80 }), done: f.boolean().default(false) })
 */
export const f = {
  string: (options?: FieldOptions): Field<string, false> => fieldOf('string', options),
  text: (options?: FieldOptions): Field<string, false> => fieldOf('text', options),
  integer: (options?: FieldOptions): Field<number, false> => fieldOf('integer', options),
  /** A number up to 2^53−1 and a string of digits above. */
  bigInt: (options?: FieldOptions): Field<number | string, false> => fieldOf('bigInt', options),
  float: (options?: FieldOptions): Field<number, false> => fieldOf('float', options),
  double: (options?: FieldOptions): Field<number, false> => fieldOf('double', options),
  /** An exact decimal number, as text. */
  decimal: (options?: FieldOptions): Field<string, false> => fieldOf('decimal', options),
  boolean: (options?: FieldOptions): Field<boolean, false> => fieldOf('boolean', options),
  /** An instant: ISO 8601, UTC, milliseconds. */
  datetime: (options?: FieldOptions): Field<string, false> => fieldOf('datetime', options),
  /** `YYYY-MM-DD HH:mm:ss` without a zone. */
  datetimeNoTz: (options?: FieldOptions): Field<string, false> => fieldOf('datetimeNoTz', options),
  dateOnly: (options?: FieldOptions): Field<string, false> => fieldOf('dateOnly', options),
  time: (options?: FieldOptions): Field<string, false> => fieldOf('time', options),
  /** Fills itself when absent. */
  uuid: (options?: FieldOptions): Field<string, false> => fieldOf('uuid', options),
  /** Fills itself when absent. */
  nanoid: (options?: FieldOptions): Field<string, false> => fieldOf('nanoid', options),
  json: <T = unknown>(options?: FieldOptions): Field<T, false> => fieldOf('json', options),
  array: <T = unknown>(options?: FieldOptions): Field<readonly T[], false> => fieldOf('array', options),
  enum: <const V extends string>(values: readonly V[], options?: FieldOptions): Field<V, false> =>
    fieldOf('enum', { ...options, enum: values }),
}

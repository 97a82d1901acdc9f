import { fieldOf, generatedFieldOf, type Field, type FieldKind, type FieldOptions } from './field.js'
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
import { password } from './fields/password.js'
import { radio } from './fields/radio.js'
import { sort } from './fields/sort.js'
import { string } from './fields/string.js'
import { text } from './fields/text.js'
import { time } from './fields/time.js'
import { uuid } from './fields/uuid.js'
import { relations } from './relation.js'

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
    password,
    sort,
    radio,
  ].map((kind) => [kind.kind, kind]),
)

/** Options that every kind has. What callers may leave out is said with `maybe()` and `default()`, which types follow. */
type General = Pick<FieldOptions, 'title' | 'description' | 'unique' | 'index' | 'hidden' | 'readOnly'>
type OptionsOfText = General & Pick<FieldOptions, 'minLength' | 'maxLength' | 'pattern'>
type OptionsOfNumber = General & Pick<FieldOptions, 'minimum' | 'maximum'>
type GeneratedField<T = string> = Field<T, true> & { readonly generated: true }

/**
 * Fields in code. A field is required unless it says `maybe()` or has a `default`.
 *
 * @example
 * defineCollection('notes', { title: f.string({ maxLength: 80 }), done: f.boolean().default(false) })
 */
export const f = {
  string: (options?: OptionsOfText & Pick<FieldOptions, 'enum'>): Field<string, false> => fieldOf('string', options),
  text: (options?: OptionsOfText): Field<string, false> => fieldOf('text', options),
  integer: (options?: OptionsOfNumber): Field<number, false> => fieldOf('integer', options),
  /** A number up to 2^53−1 and a string of digits above. */
  bigInt: (options?: OptionsOfNumber): Field<number | string, false> => fieldOf('bigInt', options),
  float: (options?: OptionsOfNumber): Field<number, false> => fieldOf('float', options),
  double: (options?: OptionsOfNumber): Field<number, false> => fieldOf('double', options),
  /** An exact decimal number, as text. */
  decimal: (options?: OptionsOfNumber & Pick<FieldOptions, 'precision' | 'scale'>): Field<string, false> =>
    fieldOf('decimal', options),
  boolean: (options?: General): Field<boolean, false> => fieldOf('boolean', options),
  /** An instant: ISO 8601, UTC, milliseconds. */
  datetime: (options?: General): Field<string, false> => fieldOf('datetime', options),
  /** `YYYY-MM-DD HH:mm:ss` without a zone. */
  datetimeNoTz: (options?: General): Field<string, false> => fieldOf('datetimeNoTz', options),
  dateOnly: (options?: General): Field<string, false> => fieldOf('dateOnly', options),
  time: (options?: General): Field<string, false> => fieldOf('time', options),
  /** Fills itself when absent. */
  uuid: (options?: General): GeneratedField => generatedFieldOf('uuid', options),
  /** Fills itself when absent. */
  nanoid: (options?: General): GeneratedField => generatedFieldOf('nanoid', options),
  json: <T = unknown>(options?: General): Field<T, false> => fieldOf('json', options),
  array: <T = unknown>(options?: General): Field<readonly T[], false> => fieldOf('array', options),
  enum: <const V extends string>(values: readonly V[], options?: General): Field<V, false> =>
    fieldOf('enum', { ...options, enum: values }),
  /** Stored as a hash and always hidden; repositories give the hash, for `verifyPassword`. */
  password: (
    options?: Omit<General, 'unique' | 'index'> & Pick<FieldOptions, 'minLength' | 'maxLength' | 'pattern'>,
  ): Field<string, false> => fieldOf('password', options),
  /** A place in an order: the next whole number when absent. `move` changes it. */
  sort: (options?: Omit<General, 'unique' | 'index'>): GeneratedField<number> => generatedFieldOf('sort', options),
  /** True for at most one record: who sets it takes it from the others. */
  radio: (options?: Omit<General, 'unique' | 'index'>): Field<boolean, false> => fieldOf('radio', options),
  ...relations,
}

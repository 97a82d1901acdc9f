import type { CompiledField } from '../schema/shape.js'
import type { FieldOptions } from '../schema/field.js'
import { defaultStringLength } from '../schema/fields/string.js'

/** The PostgreSQL type of each kind of field: a new kind is one line here. */
const columnTypes: Readonly<Record<string, (options: FieldOptions) => string>> = {
  string: ({ maxLength = defaultStringLength }) => (maxLength > 10_485_760 ? 'text' : `varchar(${maxLength})`),
  text: () => 'text',
  integer: () => 'integer',
  bigInt: () => 'bigint',
  float: () => 'double precision',
  double: () => 'double precision',
  decimal: ({ precision, scale = 0 }) => (precision === undefined ? 'numeric' : `numeric(${precision},${scale})`),
  boolean: () => 'boolean',
  datetime: () => 'timestamptz(3)',
  datetimeNoTz: () => 'timestamp(0)',
  dateOnly: () => 'date',
  time: () => 'time(0)',
  uuid: () => 'uuid',
  nanoid: () => 'varchar(64)',
  json: () => 'jsonb',
  array: () => 'jsonb',
  enum: () => 'varchar(255)',
  password: () => 'text',
  sort: () => 'bigint',
  radio: () => 'boolean',
}

export function columnType({ kind, options }: Pick<CompiledField, 'kind' | 'options'>): string {
  const type = columnTypes[kind.kind]
  if (!type) throw new Error(`No column type for the field kind "${kind.kind}"`)
  return type(options)
}

/** The driver's form of a checked value. */
export const encode = (field: CompiledField, value: unknown): unknown =>
  value === null || field.kind.encode === undefined ? value : field.kind.encode(value)

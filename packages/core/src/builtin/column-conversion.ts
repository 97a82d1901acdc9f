import type { Transaction } from '../database/executor.js'
import { columnType } from '../database/model.js'
import { quote } from '../database/sql.js'
import type { CompiledField } from '../schema/shape.js'

/** A function of this session's own; it lives as long as the conversion. */
const convert = 'pg_temp.postern_convert'

const dates = ['datetime', 'datetimeNoTz', 'dateOnly']
const inRange = "value ~ '^\\d{4}-' AND result >= '0001-01-01' AND result < '10000-01-01'"
const finite = "result NOT IN ('NaN', 'Infinity', '-Infinity')"

/** What PostgreSQL accepts of a type and we do not: `infinity`, `now`, `24:00`. */
const accepted: Readonly<Record<string, string>> = {
  datetime: inRange,
  datetimeNoTz: inRange,
  dateOnly: inRange,
  time: "result < '24:00'",
  decimal: finite,
  float: finite,
  double: finite,
  array: "jsonb_typeof(result) = 'array'",
}

/** Text for the body of a function, which takes no parameters: nothing in it can end the text or the body. */
const literal = (text: string): string =>
  `E'${text.replace(/[\\'$]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`)}'`

function acceptance({ kind, options }: CompiledField): string {
  if (options.enum !== undefined) return `result IN (${options.enum.map(literal).join(', ')})`
  return accepted[kind.kind] ?? 'true'
}

/** A value of the field's type as it is on the wire. */
function wireText({ kind }: CompiledField, value: string): string {
  if (kind.kind === 'datetime') return `to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
  return `${value}::text`
}

/** The old value as the function takes it. */
const oldText = (field: CompiledField): string => wireText(field, quote(field.name))

/** How the text of a value is read as the new type. */
function reading(before: CompiledField, after: CompiledField): string {
  const type = columnType(after)
  const isJsonText = ['number', 'boolean', 'json', 'array'].includes(before.kind.operators)
  return type === 'jsonb' && !isJsonText ? 'to_jsonb(value)' : `value::${type}`
}

/** Is the converted value the same as the one before? */
function sameness(before: CompiledField, after: CompiledField): string {
  const converted = `${convert}(${oldText(before)})`
  if (before.kind.operators === 'number' && after.kind.operators === 'number') {
    return `${converted}::numeric = ${quote(before.name)}::numeric`
  }
  if (dates.includes(before.kind.kind) && dates.includes(after.kind.kind)) {
    return `${converted}::${columnType(before)} = ${quote(before.name)}`
  }
  const text = columnType(after) === 'jsonb' ? `${converted} #>> '{}'` : wireText(after, converted)
  return `${text} = ${oldText(before)}`
}

/** Changes the type of a column: rows are counted first, and changed only when asked to. */
export class ColumnConversion {
  constructor(
    private readonly transaction: Transaction,
    private readonly table: string,
    private readonly before: CompiledField,
    private readonly after: CompiledField,
  ) {}

  /** Makes the function that reads old values: null for what the new type cannot hold. */
  async prepare(): Promise<void> {
    const type = columnType(this.after)
    const text = `CREATE FUNCTION ${convert}(value text) RETURNS ${type} LANGUAGE plpgsql AS $$
      DECLARE result ${type};
      BEGIN
        result := ${reading(this.before, this.after)};
        RETURN CASE WHEN ${acceptance(this.after)} THEN result END;
      EXCEPTION WHEN others THEN
        RETURN NULL;
      END $$`
    await this.transaction.run({ text, values: [] })
  }

  /** Rows whose value would be lost, or become another one. */
  async lostRows(): Promise<number> {
    return this.#count(`(${sameness(this.before, this.after)}) IS NOT TRUE`)
  }

  /** Rows that would have no value any more. */
  async emptiedRows(): Promise<number> {
    return this.#count(`${convert}(${oldText(this.before)}) IS NULL`)
  }

  async run(): Promise<void> {
    const [table, column, type] = [quote(this.table), quote(this.before.name), columnType(this.after)]
    const text = `ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type} USING ${convert}(${oldText(this.before)})`
    await this.transaction.run({ text, values: [] })
  }

  async finish(): Promise<void> {
    await this.transaction.run({ text: `DROP FUNCTION ${convert}(text)`, values: [] })
  }

  async #count(condition: string): Promise<number> {
    const column = quote(this.before.name)
    const { rows } = await this.transaction.run({
      text: `SELECT count(*) AS "count" FROM ${quote(this.table)} WHERE ${column} IS NOT NULL AND ${condition}`,
      values: [],
    })
    return Number(rows[0]?.['count'])
  }
}

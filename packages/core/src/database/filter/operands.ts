import { parseExactJson } from '../../schema/exact-json.js'
import { ExactNumber, jsonValueFor } from '../../schema/exact-number.js'
import { isStorableJson, unstorable } from '../../schema/fields/json.js'
import { isStorableText } from '../../schema/fields/text-checks.js'
import type { CompiledField } from '../../schema/shape.js'
import { DateOperands } from './date-operand.js'
import { filterLimits, type FilterOptions } from './filter-options.js'
import { serverTime } from './filter-time.js'
import { invalidFilter } from './invalid-filter.js'
import type { Operator } from './operators.js'

/** In brackets everything is text: what JSON would read as a number, true, false or null is that. */
function scalarFromText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(scalarFromText)
  if (typeof value !== 'string' || !/^(?:true|false|null|"[^]*"|-?\d[\d.eE+-]*)$/.test(value)) return value
  try {
    return parseExactJson(Buffer.from(value), 1)
  } catch {
    return value
  }
}

const variableForm = /^\{\{\s*\$([\w.]+)\s*\}\}$/

/** Reads the operands of one filter, and counts what is in them. */
export class Operands {
  #values = 0
  readonly #dates: DateOperands

  /** @param path where the whole filter stands in the input */
  constructor(
    private readonly options: FilterOptions,
    private readonly path: string,
  ) {
    this.#dates = new DateOperands(options.time ?? serverTime(), options.textual === true)
  }

  /** @throws 400 when the filter has more values than it may */
  count(values: number): void {
    this.#values += values
    if (this.#values <= filterLimits.values) return
    throw invalidFilter(`it has more than ${filterLimits.values} values`, this.path)
  }

  tooDeep = (): Error => invalidFilter(`it has more than ${filterLimits.depth} levels`, this.path)

  /** @throws 400 INVALID_FILTER when an operator that takes nothing is given something */
  flag(operator: string, operand: unknown, path: string): true {
    if (operand === true || operand === 'true' || operand === '1' || operand === 1) return true
    throw invalidFilter(`${operator} takes true`, path)
  }

  /** @throws 400 INVALID_FILTER with the path of what cannot be compared */
  read(field: CompiledField, operator: Operator, operand: unknown, path: string): unknown {
    switch (operator.operand) {
      case 'flag':
        return this.flag(operator.name, operand, path)
      case 'text':
        return this.#texts(operand, path)
      case 'list':
        return this.#list(field, operand, path)
      case 'pair': {
        const pair = this.#listed(operand)
        if (!Array.isArray(pair) || pair.length !== 2) throw invalidFilter(`${operator.name} takes [from, to]`, path)
        return pair.map((value, index) => this.#value(field, value, `${path}.${index}`, false))
      }
      case 'dates':
        return this.#range(field, operand, path)
      case 'value':
        return this.#value(field, operand, path, operator.name === '$eq' || operator.name === '$ne')
    }
  }

  /** In a query string a list may be written `a,b`. */
  #listed(value: unknown): unknown {
    return this.options.textual === true && typeof value === 'string' ? value.split(',') : value
  }

  #texts(operand: unknown, path: string): string[] {
    if (!Array.isArray(operand)) return [this.#text(operand, path)]
    return operand.map((text, index) => this.#text(text, `${path}.${index}`))
  }

  #text(value: unknown, path: string): string {
    this.count(1)
    const resolved = this.#resolve(undefined, value, path)
    if (typeof resolved !== 'string') throw invalidFilter('it takes a text', path)
    if (!isStorableText(resolved)) throw invalidFilter('it must be Unicode text without NUL', path)
    return resolved
  }

  #range(field: CompiledField, operand: unknown, path: string): unknown {
    const listed = typeof operand === 'string' && operand.includes(',') ? this.#listed(operand) : operand
    this.#countJson(listed, 1)
    return this.#dates.range(field, listed, path)
  }

  #list(field: CompiledField, operand: unknown, path: string): unknown[] {
    const listed = this.#listed(this.#resolve(field, operand, path))
    if (!Array.isArray(listed)) throw invalidFilter('it takes a list', path)
    return listed.map((value, index) =>
      field.kind.operators === 'array'
        ? this.#any(this.#resolve(field, value, `${path}.${index}`), `${path}.${index}`)
        : this.#value(field, value, `${path}.${index}`, true),
    )
  }

  /** Any JSON; whatever is in it counts as well. */
  #any(given: unknown, path: string): unknown {
    const value = this.options.textual === true ? scalarFromText(given) : given
    this.#countJson(value, 1)
    if (!isStorableJson(value)) throw invalidFilter(`it ${unstorable}`, path)
    return value
  }

  #countJson(value: unknown, depth: number): void {
    this.count(1)
    if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return
    if (depth > filterLimits.depth) throw this.tooDeep()
    for (const member of Object.values(value)) this.#countJson(member, depth + 1)
  }

  #value(field: CompiledField, value: unknown, path: string, nullable: boolean): unknown {
    const resolved = this.#resolve(field, value, path)
    this.#countJson(resolved, 1)
    if (resolved === null) {
      if (nullable) return null
      throw invalidFilter('null has no order', path)
    }
    const result = field.operand.safeParse(this.#compared(field, resolved))
    if (result.success) return result.data
    throw invalidFilter(`"${field.name}" ${result.error.issues[0]?.message ?? 'cannot be compared with that'}`, path)
  }

  #compared({ kind }: CompiledField, value: unknown): unknown {
    if (this.options.textual !== true) return jsonValueFor(kind, value)
    if (kind.operators === 'json' || kind.operators === 'array') return scalarFromText(value)
    return typeof value === 'string' && kind.fromText ? kind.fromText(value) : jsonValueFor(kind, value)
  }

  /** A text that is wholly `{{$name}}` stands for a value of the caller's. */
  #resolve(field: CompiledField | undefined, value: unknown, path: string): unknown {
    const name = typeof value === 'string' ? variableForm.exec(value)?.[1] : undefined
    if (name === undefined || !this.options.variable) return value
    const date = name.startsWith('nDate.') ? this.#dates.variable(field, name.slice('nDate.'.length)) : undefined
    const resolved = date ?? this.options.variable(`$${name}`)
    if (resolved !== undefined) return resolved
    throw invalidFilter(`there is no variable "$${name}"; there are $user.id, $nRole, $nDate.today and its like`, path)
  }
}

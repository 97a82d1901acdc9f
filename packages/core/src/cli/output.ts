import { AppError } from '../kernel/errors.js'
import type { CommandResult } from '../plugins/command.js'

export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

export const processOutput: Output = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
}

/** One JSON document on stdout with `--json`, text for a person otherwise. */
export function print({ json, text }: CommandResult, asJson: boolean, { out }: Output): void {
  out(asJson ? `${JSON.stringify(json)}\n` : `${text}\n`)
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '–'
  return typeof cell === 'string' ? cell : JSON.stringify(cell)
}

/** Columns as wide as their longest cell. */
export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(cellText))]
  const widths = head.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** What happened, and what to do next: on stderr for a person, and as the one document with `--json`. */
export function printError(error: unknown, asJson: boolean, { out, err }: Output): void {
  const message = error instanceof Error ? error.message : String(error)
  const { code, hint } = error instanceof AppError ? error : { code: 'INTERNAL', hint: undefined }
  const faults = error instanceof AppError ? (error.all ?? []) : []
  const more = faults.slice(1).map((fault) => `postern: ${fault.message}\n`)
  err([`postern: ${message}\n`, ...more, ...(hint === undefined ? [] : [`${hint}\n`])].join(''))
  if (asJson) out(`${JSON.stringify({ error: { code, message, ...(hint === undefined ? {} : { hint }) } })}\n`)
}

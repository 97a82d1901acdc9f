import type { CommandResult } from '../plugins/command.js'
import type { Problem } from './problem.js'

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

const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** On one line, and with no say in what the terminal does: names and messages may come from strangers. */
export const onOneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').replace(/\p{Cc}/gu, escape)

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined || cell === '') return '–'
  return onOneLine(typeof cell === 'string' ? cell : JSON.stringify(cell))
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
export function printProblem({ code, message, hint, more = [] }: Problem, asJson: boolean, { out, err }: Output): void {
  const lines = [message, ...more].map((line) => `postern: ${onOneLine(line)}\n`)
  err([...lines, ...(hint === undefined ? [] : [`${hint}\n`])].join(''))
  if (asJson) out(`${JSON.stringify({ error: { code, message, ...(hint === undefined ? {} : { hint }) } })}\n`)
}

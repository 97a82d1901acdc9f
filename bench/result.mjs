// bench/result.json, and the table for people.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { fileURLToPath } from 'node:url'

const file = fileURLToPath(new URL('result.json', import.meta.url))

/** Puts members into the result, and leaves those of the other script. */
export function writeResult(members) {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  writeFileSync(file, `${JSON.stringify({ ...before, ...members }, null, 2)}\n`)
  console.log(`\nWritten to ${file}`)
}

export const machine = ({ version, kind }, pinned) => ({
  node: process.version,
  postgres: version,
  postgresKind: kind,
  cores: os.availableParallelism(),
  cpu: os.cpus()[0]?.model ?? 'unknown',
  loadAverage: round(os.loadavg()[0], 2),
  pinned,
})

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export const round = (number, digits = 0) => Number(number.toFixed(digits))

export function printTable(header, rows) {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => String(row[column]).length)))
  const line = (cells) =>
    cells
      .map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column])))
      .join('  ')
  console.log(['', line(header), ...rows.map(line)].join('\n'))
}

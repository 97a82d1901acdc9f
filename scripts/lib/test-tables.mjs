// What a run of the tests prints when it is over.

export function box(text) {
  const words = text.split(' ')
  const lines = ['']
  for (const word of words) {
    const line = lines.at(-1)
    if (line !== '' && line.length + word.length > 90) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  const width = Math.max(...lines.map((line) => line.length))
  const rule = '═'.repeat(width + 2)
  return [`╔${rule}╗`, ...lines.map((line) => `║ ${line.padEnd(width)} ║`), `╚${rule}╝`]
}

const seconds = (value) => value.toFixed(1).padStart(8)
const sum = (values) => values.reduce((total, value) => total + value, 0)

/** The ten files that took longest, and what each tier took. Times are in seconds. */
export function timeTable(files) {
  if (files.length === 0) return []
  const slowest = files.toSorted((a, b) => b.clock - a.clock).slice(0, 10)
  const tiers = new Map(files.map(({ tier }) => [tier, files.filter((one) => one.tier === tier)]))
  return [
    'The slowest files',
    `   clock     CPU`,
    ...slowest.map(({ clock, cpu, tier, file }) => `${seconds(clock)}${seconds(cpu)}  ${tier}  ${file}`),
    'The tiers',
    `   clock     CPU   files`,
    ...[...tiers].map(([tier, own]) => {
      const [clock, cpu] = [sum(own.map((one) => one.clock)), sum(own.map((one) => one.cpu))]
      return `${seconds(clock)}${seconds(cpu)}${String(own.length).padStart(8)}  ${tier}`
    }),
    '',
  ]
}

/** What may stand in the format of a date, and the same for PostgreSQL. Hours are those of 24, however they are written. */
const tokens: ReadonlyMap<string, string> = new Map([
  ['YYYY', 'YYYY'],
  ['GGGG', 'IYYY'],
  ['Q', 'Q'],
  ['MM', 'MM'],
  ['WW', 'IW'],
  ['DD', 'DD'],
  ['E', 'ID'],
  ['HH', 'HH24'],
  ['hh', 'HH24'],
  ['mm', 'MI'],
  ['ss', 'SS'],
])

/** A token, text in brackets, or signs that stand for themselves. */
const part = /(YYYY|GGGG|Q|MM|WW|DD|E|HH|hh|mm|ss)|\[([^[\]"\\]+)\]|([-/ :.,_T]+)/y
const longest = 64

/** The kinds of field whose values have a format. */
export const hasDateFormat = (kind: string): boolean =>
  kind === 'datetime' || kind === 'datetimeNoTz' || kind === 'dateOnly'

/** What the formats are made of, for people. */
export const dateFormatParts = `${[...tokens.keys()].join(' ')}, [text], and - / : . , _ T`

/**
 * Reads a format such as `YYYY-MM-DD`, `YYYY-[Q]Q` or `GGGG-[W]WW`. Weeks are ISO; `YYYY` beside a week, without month and
 * day, is the year of the week.
 *
 * @returns the pattern for `to_char`; undefined where it is none
 */
export function parseDateFormat(format: string): string | undefined {
  const parts = format.length <= longest ? partsOf(format) : []
  const names = new Set(parts.map(([name]) => name))
  if (![...names].some((name) => tokens.has(name))) return undefined
  const isOfWeeks = names.has('WW') && !names.has('MM') && !names.has('DD') && !names.has('GGGG')
  return parts
    .map(([name, text]) => (isOfWeeks && name === 'YYYY' ? 'IYYY' : (tokens.get(name) ?? `"${text}"`)))
    .join('')
}

/** Tokens by their names, and texts without one. None when something is neither. */
function partsOf(format: string): (readonly [name: string, text: string])[] {
  const parts: (readonly [string, string])[] = []
  part.lastIndex = 0
  while (part.lastIndex < format.length) {
    const [, name = '', bracketed = '', signs = ''] = part.exec(format) ?? []
    if (name + bracketed + signs === '') return []
    parts.push([name, bracketed + signs])
  }
  return parts
}

import { cliErrors } from './cli-errors.js'

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: a text needs no quotes.
    return text
  }
}

/** `--set limit=5 --set name=x`: a JSON value where it is one, a text otherwise. @throws CLI_USAGE */
export function parseAssignments(texts: readonly string[] = []): Readonly<Record<string, unknown>> | undefined {
  if (texts.length === 0) return undefined
  return Object.fromEntries(
    texts.map((text): [string, unknown] => {
      const [, key, value = ''] = /^([A-Za-z]\w*)=(.*)$/s.exec(text) ?? []
      if (key === undefined) throw cliErrors.USAGE({ problem: `--set takes key=value, not "${text}"` })
      return [key, valueOf(value)]
    }),
  )
}

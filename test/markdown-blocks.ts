import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const repository = fileURLToPath(new URL('..', import.meta.url))

/** A fenced block: ```` ```<language> <argument> ````. CONTRIBUTING.md says what each of them means. */
export interface Block {
  readonly page: string
  /** Of its first line, for messages. */
  readonly line: number
  readonly language: string
  /** What stands behind the language: a path, `stopped`, or nothing. */
  readonly argument: string
  readonly text: string
  /** Nothing but blank lines between it and the block before. */
  readonly follows: boolean
}

/** README.md and every page of docs/, except the decisions, which tell of the past. */
export const pages = [
  'README.md',
  ...readdirSync(join(repository, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
]

/** The pages that are read from beginning to end; the others are looked things up in. */
export const guides = [
  'README.md',
  'docs/getting-started.md',
  'docs/operations.md',
  'docs/cli.md',
  'docs/first-plugin.md',
]

export const readPage = (page: string): string => readFileSync(join(repository, page), 'utf8')

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let opening: RegExpExecArray | null = null
  let start = 0
  let quiet = false
  const lines = readPage(page).split('\n')
  for (const [index, line] of lines.entries()) {
    if (opening) {
      if (line.trim() !== opening[1]) continue
      const [, , language = '', argument = ''] = opening
      const text = lines.slice(start, index).join('\n')
      blocks.push({ page, line: start, language, argument, text: `${text}\n`, follows: quiet })
      opening = null
      quiet = true
    } else {
      opening = /^(```+)(\S*) *(.*)$/.exec(line)
      if (opening) start = index + 1
      else if (line.trim() !== '') quiet = false
    }
  }
  return blocks
}

/** Does the block name a file that belongs into the project? */
export const isFile = ({ argument }: Block): boolean => /[./]/.test(argument)

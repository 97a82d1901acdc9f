import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../../..', import.meta.url))
/** The plugins of the guide, side by side as in `plugins/`. */
export const examples = path.join(repository, 'examples', 'hello-plugin')

export interface GuideBlock {
  readonly heading: string
  /** `typescript`: cut out of the example. `bash`: commands. `json`, `text`: what the last command prints. `console`: not run. */
  readonly language: string
  readonly text: string
}

export function guideBlocks(): readonly GuideBlock[] {
  const page = readFileSync(path.join(repository, 'docs', 'plugin-guide.md'), 'utf8')
  return page.split(/^## /m).flatMap((section) => {
    const [heading = ''] = section.split('\n')
    return [...section.matchAll(/^```(\S*)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
      heading,
      language,
      text,
    }))
  })
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name)
    if (['node_modules', 'dist'].includes(name)) return []
    return statSync(file).isDirectory() ? filesBelow(file) : [file]
  })
}

/** Without the indentation that its lines have in common. */
function outdented(lines: readonly string[]): string {
  const depths = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const depth = Math.min(...depths)
  return lines.map((line) => line.slice(depth)).join('\n')
}

const sources = filesBelow(examples).map((file) => readFileSync(file, 'utf8').split('\n'))

/** Does a file of the example hold these lines, perhaps further to the right? */
export function isCutOut(text: string): boolean {
  const wanted = text.replace(/\n$/, '').split('\n')
  return sources.some((lines) =>
    lines.some((_, start) => outdented(lines.slice(start, start + wanted.length)) === outdented(wanted)),
  )
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { pages, readPage, repository } from './markdown-blocks.js'

const examples = readdirSync(join(repository, 'examples'))
const all = [
  ...pages,
  ...['ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'packages/testkit/README.md'],
  ...readdirSync(join(repository, 'docs', 'decisions')).map((name) => `docs/decisions/${name}`),
  ...examples.map((name) => `examples/${name}/README.md`).filter((page) => existsSync(join(repository, page))),
]

const withoutCode = (page: string): string => page.replace(/^```[^]*?^```$/gm, '').replace(/`[^`]*`/g, '')

/** As GitHub makes them of headings. */
const anchorsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

function brokenLinks(page: string): string[] {
  const links = [...withoutCode(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const file = path === '' ? join(repository, page) : join(repository, dirname(page), path)
    if (!existsSync(file)) return true
    return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor)
  })
}

describe.each(all)('%s', (page) => {
  it('links to what is there', () => {
    expect(brokenLinks(page)).toEqual([])
  })
})

describe('ARCHITECTURE.md and CONTRIBUTING.md', () => {
  it.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('name files that are there: %s', (page) => {
    const named = [...readPage(page).matchAll(/`([\w./@-]+\/[\w./@-]+\.(?:ts|mjs|cjs|md|json))`/g)]
    const places = ['', 'packages/core/src/']
    const missing = named.flatMap(([, name = '']) =>
      places.some((place) => existsSync(join(repository, place, name))) ? [] : [name],
    )
    expect(missing).toEqual([])
  })

  it('CONTRIBUTING.md names scripts that package.json has', () => {
    const manifest: { scripts: Record<string, string> } = JSON.parse(readPage('package.json'))
    const named = [...readPage('CONTRIBUTING.md').matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => manifest.scripts[name] === undefined)).toEqual([])
  })
})

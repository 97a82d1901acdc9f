import { createHash, type Hash } from 'node:crypto'
import type { DescribedGroup, DescribedStrategy, DocumentSettings, LongWork } from '@postern/core'
import { componentKinds, type Part } from './components.js'
import { joined, separated, type Fragment } from './fragment.js'
import { infoOf, serverOf } from './info.js'
import { written, type Version } from './openapi-3-0.js'

const securityScheme = ({ scheme, name, plugin }: DescribedStrategy): Part => ({
  ...scheme,
  description: scheme.type === 'http' ? `\`Authorization: Bearer …\` (${name}, of ${plugin})` : `Of ${plugin}`,
})

/** What one owner brought to a resource, and how it is written. */
export interface Shown {
  readonly resource: string
  readonly group: DescribedGroup
  readonly fragment: Fragment
}

/** Tags by who brought them. */
function tagGroups(shown: readonly Shown[]): readonly Part[] {
  const groups = new Map<string, Set<string>>()
  for (const { resource, group } of shown) {
    const name = group.origin === 'plugin' ? `Plugin ${group.owner}` : group.origin === 'core' ? 'Core' : 'Collections'
    const tags = groups.get(name) ?? new Set()
    groups.set(name, tags.add(resource))
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tags]) => ({ name, tags: [...tags] }))
}

/** A resource has one tag, that of whoever brought its collection. */
function tagsOf(shown: readonly Shown[]): readonly Part[] {
  const tags = new Map<string, Part>()
  for (const { resource, group, fragment } of shown) {
    const isHome = group.collections.some(({ name }) => name === resource)
    if (isHome || !tags.has(resource)) tags.set(resource, fragment.tag)
  }
  return [...tags.values()]
}

export interface DocumentInput {
  readonly version: Version
  /** Of the part; undefined for all of it. */
  readonly title: string | undefined
  readonly strategies: readonly DescribedStrategy[]
  readonly settings: DocumentSettings
  readonly shown: readonly Shown[]
  /** Records of collections that are not shown but referred to. */
  readonly related: readonly Fragment[]
}

export const headOf = ({ version, title, settings, shown }: DocumentInput): Part => ({
  openapi: written[version],
  info: infoOf(settings, version, title),
  servers: [serverOf(settings)],
  tags: tagsOf(shown),
  'x-tagGroups': tagGroups(shown),
})

export const schemesOf = (strategies: readonly DescribedStrategy[]): Part =>
  Object.fromEntries(strategies.map((strategy) => [strategy.name, securityScheme(strategy)]))

const begin = (text: string): Hash => createHash('sha256').update(text)
const ended = (hash: Hash): string => `"${hash.digest('base64url').slice(0, 27)}"`

/** The same for the same document, on every node: it follows from what the document is put together from. */
export async function etagOf(input: DocumentInput, work: LongWork): Promise<string> {
  const hash = begin(JSON.stringify([headOf(input), schemesOf(input.strategies)]))
  for (const { fragment } of input.shown) {
    hash.update(fragment.hash)
    await work.pause()
  }
  for (const { hash: own } of input.related) hash.update(own)
  return ended(hash)
}

/** Members of the components of each kind: what several fragments refer to is there once. */
async function componentsOf(fragments: readonly Fragment[], input: DocumentInput, work: LongWork): Promise<Buffer> {
  const kinds = new Map<string, Map<string, Buffer>>(componentKinds.map((kind) => [kind, new Map()]))
  for (const { components } of fragments) {
    for (const { kind, name, text } of components) if (!kinds.get(kind)?.has(name)) kinds.get(kind)?.set(name, text)
    await work.pause()
  }
  const schemes = Object.entries(schemesOf(input.strategies))
  for (const [name, scheme] of schemes)
    kinds.get('securitySchemes')?.set(name, Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(scheme)}`))
  const members: Buffer[] = []
  for (const [kind, parts] of kinds) {
    if (parts.size === 0) continue
    members.push(Buffer.concat([Buffer.from(`"${kind}":{`), joined([...parts.values()]), Buffer.from('}')]))
    await work.pause()
  }
  return joined(members)
}

/** The document of what a reader may do, or of a part of it, as JSON. */
export async function writeDocument(input: DocumentInput, work: LongWork): Promise<Buffer> {
  const { shown, related } = input
  const components = await componentsOf([...shown.map(({ fragment }) => fragment), ...related], input, work)
  await work.pause()
  const paths = shown.map(({ fragment }) => fragment.paths).filter(({ length }) => length > 0)
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(headOf(input)).slice(0, -1)},"paths":{`),
    ...separated(paths),
    Buffer.from('},"components":{'),
    components,
    Buffer.from('}}'),
  ])
}

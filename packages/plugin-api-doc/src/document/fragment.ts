import { createHash } from 'node:crypto'
import type { DescribedAction, DescribedGroup, LongWork } from '@postern/core'
import { Components, type Commons, type ComponentKind, type Part } from './components.js'
import { operationId } from './names.js'
import { partIn30, schemaIn30, type Version } from './openapi-3-0.js'
import { operationsOf } from './operation.js'
import { RecordSchemas } from './record-schemas.js'
import type { ErrorResponses } from './responses.js'
import type { View } from './view.js'

/** What one owner brought to a resource, written down, with every component that it refers to. */
export interface Fragment {
  /** Members of `paths`. */
  readonly paths: Buffer
  /** Members of the components of each kind, by kind and name. */
  readonly components: readonly WrittenComponent[]
  /** Collections whose records it refers to beside. */
  readonly related: readonly string[]
  readonly tag: Part
  /** Of all of it. */
  readonly hash: string
  /** Bytes that it takes in memory. */
  readonly size: number
}

export interface WrittenComponent {
  readonly kind: ComponentKind
  readonly name: string
  /** `"name":{…}` */
  readonly text: Buffer
}

export interface FragmentInput {
  readonly view: View
  readonly texts: SharedTexts
  readonly commons: Commons
  readonly errors: ErrorResponses
  /** How parts that fragments share are written. */
  readonly written: WeakMap<Part, Buffer>
  readonly version: Version
  readonly work: LongWork
}

const inVersion = (version: Version, kind: ComponentKind | 'paths', part: Part): unknown => {
  if (version === '3.1') return part
  return kind === 'schemas' ? schemaIn30(part) : partIn30(part)
}

/** @returns `"name":{…}` */
const member = (name: string, value: unknown): Buffer => Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(value)}`)

/** Names of texts that are remembered; above it what is the same is kept more than once. */
const mostTexts = 50_000

/** Most fragments refer to the same errors and filters: what is the same is in memory once. */
export class SharedTexts {
  readonly #texts = new Map<string, Buffer>()

  /** @returns the text that is in memory already, and whether it was */
  share(key: string, text: Buffer): { readonly text: Buffer; readonly isNew: boolean } {
    const found = this.#texts.get(key)
    if (found?.equals(text) === true) return { text: found, isNew: false }
    if (this.#texts.size >= mostTexts) this.#texts.clear()
    this.#texts.set(key, text)
    return { text, isNew: true }
  }
}

async function writeComponents(components: Components, { version, work, texts, written: known }: FragmentInput) {
  const written: WrittenComponent[] = []
  let size = 0
  for (const [kind, name, part] of components.entries()) {
    const text = known.get(part) ?? member(name, inVersion(version, kind, part))
    known.set(part, text)
    const shared = texts.share(`${version} ${kind} ${name}`, text)
    written.push({ kind, name, text: shared.text })
    if (shared.isNew) size += text.length
    await work.pause()
  }
  return { written, size }
}

function finished(parts: Omit<Fragment, 'hash'>): Fragment {
  const hash = createHash('sha256').update(JSON.stringify(parts.tag)).update(parts.paths)
  for (const { text } of parts.components) hash.update(text)
  return { ...parts, hash: hash.digest('base64url') }
}

function tagOf(name: string, { origin, owner, collections }: DescribedGroup): Part {
  const collection = collections.find((one) => one.name === name)
  const brought =
    origin === 'plugin' ? `Brought by the plugin \`${owner}\`.` : `A part of the server itself (\`${owner}\`).`
  const from = origin === 'runtime' ? 'A collection made at run time.' : brought
  return { name, 'x-displayName': collection?.title ?? name, description: collection?.description ?? from }
}

async function writePaths(actions: readonly DescribedAction[], components: Components, input: FragmentInput) {
  const { view, version, work } = input
  const ids = new Set(actions.map(({ resource, action }) => operationId(resource, action)))
  const tools = {
    components,
    records: new RecordSchemas(components, view),
    errors: input.errors,
    hasRoles: view.description.hasRoles,
    isTaken: (id: string) => ids.has(id),
  }
  const paths = new Map<string, Part>()
  for (const action of actions) {
    for (const { path, method, operation } of operationsOf(action, tools))
      paths.set(path, { ...paths.get(path), [method]: operation })
    await work.pause()
  }
  const written: Buffer[] = []
  for (const [path, part] of [...paths].sort(([a], [b]) => (a < b ? -1 : 1))) {
    written.push(member(path, inVersion(version, 'paths', part)))
    await work.pause()
  }
  return joined(written)
}

const comma = Buffer.from(',')

/** The same with commas between. */
export const separated = (parts: readonly Buffer[]): readonly Buffer[] =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part]))

/** The same in one piece. */
export const joined = (parts: readonly Buffer[]): Buffer => Buffer.concat(separated(parts))

/** Writes down what one owner brought to a resource. */
export async function writeGroup(resource: string, group: DescribedGroup, input: FragmentInput): Promise<Fragment> {
  const components = new Components(input.commons)
  const paths = await writePaths(group.actions(), components, input)
  const { written, size } = await writeComponents(components, input)
  return finished({
    ...{ paths, components: written, related: [...components.related] },
    tag: tagOf(resource, group),
    size: size + paths.length,
  })
}

/** Writes down the records of a collection, for documents that refer to them without having its actions. */
export async function writeRecord(collection: string, input: FragmentInput): Promise<Fragment> {
  const components = new Components(input.commons)
  new RecordSchemas(components, input.view).target(collection)
  const { written, size } = await writeComponents(components, input)
  return finished({ paths: Buffer.alloc(0), components: written, related: [...components.related], tag: {}, size })
}

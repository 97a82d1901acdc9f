import { createHash } from 'node:crypto'
import {
  JsonText,
  LongWork,
  notFound,
  type DescribedGroup,
  type DescribedResource,
  type PluginContext,
  type Principal,
} from '@postern/core'
import { etagOf, headOf, schemesOf, writeDocument, type DocumentInput, type Shown } from './document/document.js'
import { readParts, writeExtended } from './document/extended.js'
import { SharedTexts, writeGroup, writeRecord, type Fragment, type FragmentInput } from './document/fragment.js'
import { namespacesOf, type Namespace } from './document/namespaces.js'
import type { Version } from './document/openapi-3-0.js'
import { ErrorResponses } from './document/responses.js'
import { View } from './document/view.js'
import { KnownTags } from './known-tags.js'
import { SizedCache } from './sized-cache.js'

/** A document as it is sent. */
export interface WrittenDocument {
  /** Undefined for a reader who has it. */
  readonly json: JsonText | undefined
  /** The same for the same document, on every node. */
  readonly etag: string
  /** Headers that make it another one. */
  readonly vary: readonly string[]
}

/** What is wanted. */
export interface DocumentQuery {
  /** The part that is wanted; all of it when undefined. */
  readonly part?: string | undefined
  readonly version?: Version | undefined
  /** Does the reader have the document with this tag? */
  readonly has?: (etag: string) => boolean
}

type OpenApi = PluginContext<object, object>['openapi']

/** Bytes of fragments that are kept. */
const mostBytes = 100_000_000

/** How often it is tried to make a document in which nothing has changed while it was made. */
const mostTries = 5

/** What tells readers apart: how they authenticate, and the headers that say as whom and where they call. */
function variesBy({ description, groups }: View): readonly string[] {
  const carriers = description.strategies.map(({ scheme }) => (scheme.type === 'http' ? 'Authorization' : scheme.name))
  const own = groups.flatMap(({ headers }) => headers.map(({ name }) => name))
  return [...new Set(['Authorization', 'X-Role', ...carriers, ...own])]
}

/**
 * Documents for readers, put together from what is kept of each collection: by what of it the reader sees, so that readers
 * share it whatever else they see. Made in short turns, between which requests are served.
 */
export class DocumentSource {
  readonly #fragments = new SizedCache<Fragment>(mostBytes, ({ size }) => size)
  readonly #texts = new SharedTexts()
  readonly #tags = new KnownTags()
  /** Whole documents by their tags, for readers who see the same. */
  readonly #documents = new SizedCache<JsonText>(mostBytes / 2, ({ bytes }) => bytes.length)

  constructor(private readonly openapi: OpenApi) {}

  /** How many fragments were made: what a test counts. */
  get made(): number {
    return this.#fragments.made
  }

  /** @throws 404 for a part that is not there for the reader */
  async document(reader: Principal, query: DocumentQuery = {}): Promise<WrittenDocument> {
    const work = await LongWork.begin()
    for (let tries = 1; ; tries++) {
      const view = await View.of(this.openapi.describe(reader), work)
      const before = this.#tags.find(view, query)
      if (before && query.has?.(before.etag) === true) return { json: undefined, ...before }
      const input = await this.#inputOf(view, query, work)
      // What has changed meanwhile is in the answer: what did not is made already.
      if (view.description.isCurrent() || tries >= mostTries) return this.#write(view, input, query, work)
    }
  }

  /** The parts in which a reader may do something. */
  async namespaces(reader: Principal): Promise<readonly Namespace[]> {
    return namespacesOf(await View.of(this.openapi.describe(reader), await LongWork.begin()))
  }

  async #inputOf(view: View, { part, version = '3.1' }: DocumentQuery, work: LongWork): Promise<DocumentInput> {
    const namespace = part === undefined ? undefined : namespacesOf(view).find(({ name }) => name === part)
    if (part !== undefined && !namespace) throw notFound()
    const shared = { texts: this.#texts, commons: new Map(), errors: new ErrorResponses(), written: new WeakMap() }
    const input: FragmentInput = { view, version, work, ...shared }
    const shown: Shown[] = []
    for (const resource of view.resources.values()) {
      for (const group of resource.groups) {
        if (namespace?.holds(resource, group) === false) continue
        shown.push({ resource: resource.name, group, fragment: await this.#group(resource, group, input) })
        await work.pause()
      }
    }
    const related = await this.#relatedTo(shown, input)
    const { strategies } = view.description
    return { version, title: namespace?.title, strategies, settings: this.openapi.settings, shown, related }
  }

  #group(resource: DescribedResource, group: DescribedGroup, input: FragmentInput): Promise<Fragment> {
    const { view, version } = input
    const marks = [
      ...['group', version, view.description.hasRoles, resource.name, group.fingerprint],
      ...resource.groups.map(({ fingerprint }) => fingerprint),
      ...group.collections.map((collection) => view.markOf(collection)),
    ]
    return this.#fragments.get(keyOf(marks), () => writeGroup(resource.name, group, input))
  }

  /** Records that are referred to, and those that they refer to, as far as no fragment shows them. */
  async #relatedTo(shown: readonly Shown[], input: FragmentInput): Promise<readonly Fragment[]> {
    const { view, version, work } = input
    const wanted = new Set(shown.flatMap(({ fragment }) => fragment.related))
    const related: Fragment[] = []
    for (const name of wanted) {
      const collection = view.resources.get(name)?.collection
      if (!collection) continue
      const marks = ['record', version, view.markOf(collection)]
      const fragment = await this.#fragments.get(keyOf(marks), () => writeRecord(name, input))
      for (const other of fragment.related) wanted.add(other)
      related.push(fragment)
      await work.pause()
    }
    return related
  }

  async #write(view: View, input: DocumentInput, query: DocumentQuery, work: LongWork): Promise<WrittenDocument> {
    const vary = variesBy(view)
    const { description } = view
    if (!description.isExtended) {
      const etag = await etagOf(input, work)
      if (description.isCurrent()) this.#tags.keep(view, query, { etag, vary })
      if (query.has?.(etag) === true) return { json: undefined, etag, vary }
      return {
        json: await this.#documents.get(etag, async () => JsonText.of(await writeDocument(input, work))),
        etag,
        vary,
      }
    }
    const { paths, components } = await readParts(
      [...input.shown.map(({ fragment }) => fragment), ...input.related],
      work,
    )
    const made = description.complete({
      ...headOf(input),
      ...{ paths, components: { ...components, securitySchemes: schemesOf(input.strategies) } },
    })
    const { bytes, etag } = await writeExtended(made, work)
    return { json: query.has?.(etag) === true ? undefined : JsonText.of(bytes), etag, vary }
  }
}

const keyOf = (marks: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(marks)).digest('base64url')

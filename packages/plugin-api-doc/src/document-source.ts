import { createHash } from 'node:crypto'
import {
  JsonText,
  notFound,
  type ApiDescription,
  type DescribedAction,
  type PluginContext,
  type Principal,
} from '@postern/core'
import { makeDocument } from './document/document.js'
import { namespacesOf, type Namespace } from './document/namespaces.js'

/** A document as it is sent. */
export interface WrittenDocument {
  readonly json: JsonText
  /** The same for the same text, on every node. */
  readonly etag: string
  /** Headers that make it another one. */
  readonly vary: readonly string[]
}

type OpenApi = PluginContext<object, object>['openapi']

/** What was worked out for everybody with the same rights. */
interface Known {
  readonly actions: readonly DescribedAction[]
  readonly namespaces: readonly Namespace[]
  readonly documents: Map<string, WrittenDocument>
}

/** What tells readers apart: how they authenticate, and the headers that say as whom and where they call. */
function variesBy({ strategies }: ApiDescription, { actions }: Known): readonly string[] {
  const carriers = strategies.map(({ scheme }) => (scheme.type === 'http' ? 'Authorization' : scheme.name))
  const own = actions.flatMap(({ headers }) => headers.map(({ name }) => name))
  return [...new Set(['Authorization', 'X-Role', ...carriers, ...own])]
}

/** Sets of rights that are kept: few, since a document can be large. */
const mostKnown = 20

/** Documents for readers. Made when asked for, and kept as long as nothing has changed that they are made of. */
export class DocumentSource {
  readonly #known = new Map<string, Known>()

  constructor(private readonly openapi: OpenApi) {}

  /** @param name the part that is wanted; all of it when undefined @throws 404 for a part that is not there for the reader */
  document(reader: Principal, name?: string): WrittenDocument {
    const description = this.openapi.describe(reader)
    const known = this.#knownOf(description)
    // What plugins add may depend on the reader himself: then it is nobody else's.
    const key = `${name ?? ''}\n${description.isExtended ? JSON.stringify(reader) : ''}`
    let document = known.documents.get(key)
    if (!document) {
      document = this.#write(description, known, name)
      if (!description.isExtended) known.documents.set(key, document)
    }
    return document
  }

  /** The parts in which a reader may do something. */
  namespaces(reader: Principal): readonly Namespace[] {
    return this.#knownOf(this.openapi.describe(reader)).namespaces
  }

  #write(description: ApiDescription, known: Known, name: string | undefined): WrittenDocument {
    const namespace = known.namespaces.find((one) => one.name === name)
    if (name !== undefined && !namespace) throw notFound()
    const { settings } = this.openapi
    const made = makeDocument({ description, actions: known.actions, namespace, settings })
    const text = JSON.stringify(description.complete(made))
    const hash = createHash('sha256').update(text).digest('base64url').slice(0, 27)
    return { json: new JsonText(text), etag: `"${hash}"`, vary: variesBy(description, known) }
  }

  #knownOf(description: ApiDescription): Known {
    const key = description.fingerprint
    let known = this.#known.get(key)
    if (!known) {
      const actions = description.actions()
      known = { actions, namespaces: namespacesOf(actions), documents: new Map() }
    }
    // The one that was asked for last stands last.
    this.#known.delete(key)
    this.#known.set(key, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest)
    return known
  }
}

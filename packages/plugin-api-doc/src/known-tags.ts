import type { DescribedResource } from '@postern/core'
import type { View } from './document/view.js'

interface Tagged {
  readonly etag: string
  readonly vary: readonly string[]
}

interface Wanted {
  readonly part?: string | undefined
  readonly version?: string | undefined
}

interface Known {
  readonly resources: readonly DescribedResource[]
  readonly tagged: Tagged
}

/** Documents of one reader whose tags are kept: those that his page or his tools ask for again and again. */
const mostKnown = 20

const keyOf = ({ part, version = '3.1' }: Wanted): string => `${version} ${part ?? ''}`

/** Tags of documents that readers had, so that who asks again whether it has changed is answered without making it. */
export class KnownTags {
  readonly #known = new WeakMap<object, Map<string, Known>>()

  /** @returns nothing unless the reader sees exactly what he saw */
  find({ description, resources }: View, wanted: Wanted): Tagged | undefined {
    if (description.isExtended) return undefined
    const known = this.#known.get(description.told)?.get(keyOf(wanted))
    if (known?.resources.length !== resources.size) return undefined
    let index = 0
    for (const resource of resources.values()) if (known.resources[index++] !== resource) return undefined
    return known.tagged
  }

  keep({ description, resources }: View, wanted: Wanted, tagged: Tagged): void {
    const own = this.#known.get(description.told) ?? new Map<string, Known>()
    this.#known.set(description.told, own)
    if (own.size >= mostKnown) own.clear()
    own.set(keyOf(wanted), { resources: [...resources.values()], tagged })
  }
}

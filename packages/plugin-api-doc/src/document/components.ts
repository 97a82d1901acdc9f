/** A part of an OpenAPI document. */
export type Part = Readonly<Record<string, unknown>>
export type Reference = { readonly $ref: string }

export const componentKinds = ['schemas', 'parameters', 'responses', 'headers', 'securitySchemes'] as const
export type ComponentKind = (typeof componentKinds)[number]

/** A part that is the same wherever it is referred to, and what it refers to itself. */
interface Common {
  readonly part: Part
  readonly inner: readonly (readonly [kind: ComponentKind, name: string, part: Part])[]
}

/** Parts that do not depend on a collection: they are made once for everything that is written in one go. */
export type Commons = Map<string, Common>

/** Parts that a document says once and refers to. */
export class Components {
  constructor(private readonly commons: Commons = new Map()) {}

  readonly #parts = new Map<ComponentKind, Map<string, Part>>()
  /** Collections whose records are referred to: they are made once, whoever refers to them. */
  readonly related = new Set<string>()

  /** Refers to a part by its name. It is made the first time; while it is made it may refer to itself. */
  use(kind: ComponentKind, name: string, make: () => Part): Reference {
    const parts = this.#parts.get(kind) ?? new Map<string, Part>()
    this.#parts.set(kind, parts)
    if (!parts.has(name)) {
      parts.set(name, {})
      parts.set(name, make())
    }
    return { $ref: `#/components/${kind}/${name}` }
  }

  /** The same for a part that is in every document what it is in this one. It may refer to such parts only. */
  common(kind: ComponentKind, name: string, make: (components: Components) => Part): Reference {
    const key = `${kind}/${name}`
    let known = this.commons.get(key)
    if (!known) {
      const own = new Components(this.commons)
      const part = make(own)
      this.commons.set(key, (known = { part, inner: [...own.entries()] }))
    }
    const { part, inner } = known
    for (const [innerKind, innerName, innerPart] of inner) this.use(innerKind, innerName, () => innerPart)
    return this.use(kind, name, () => part)
  }

  /** A part, or the one that a reference leads to. */
  resolve(part: Part): Part {
    const { $ref: reference } = part
    if (typeof reference !== 'string') return part
    const [kind, name = ''] = reference.replace('#/components/', '').split('/')
    return [...this.#parts].find(([own]) => own === kind)?.[1].get(name) ?? {}
  }

  *entries(): Iterable<readonly [kind: ComponentKind, name: string, part: Part]> {
    for (const kind of componentKinds)
      for (const [name, part] of this.#parts.get(kind) ?? []) yield [kind, name, part] as const
  }
}

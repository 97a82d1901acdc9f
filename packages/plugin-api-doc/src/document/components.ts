/** A part of an OpenAPI document. */
export type Part = Readonly<Record<string, unknown>>
export type Reference = { readonly $ref: string }

export type ComponentKind = 'schemas' | 'parameters' | 'responses' | 'headers' | 'securitySchemes'

/** Parts that a document says once and refers to. */
export class Components {
  readonly #parts = new Map<ComponentKind, Map<string, Part>>()

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

  /** A schema, or the one that a reference leads to. */
  resolve(schema: Part): Part {
    const { $ref: reference } = schema
    const name = typeof reference === 'string' ? reference.replace('#/components/schemas/', '') : undefined
    return name === undefined ? schema : (this.#parts.get('schemas')?.get(name) ?? {})
  }

  toPart(): Part {
    const sorted = (parts: ReadonlyMap<string, Part>): Part =>
      Object.fromEntries([...parts].sort(([a], [b]) => (a < b ? -1 : 1)))
    return Object.fromEntries([...this.#parts].map(([kind, parts]) => [kind, sorted(parts)]))
  }
}

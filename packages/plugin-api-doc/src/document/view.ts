import type {
  ApiDescription,
  DescribedAction,
  DescribedCollection,
  DescribedGroup,
  DescribedResource,
  LongWork,
} from '@postern/core'

type Relation = DescribedCollection['relations'][number]

/** Everything that one reader may call: names and fingerprints; actions when they are asked for. */
export class View {
  readonly #actions = new Map<string, readonly DescribedAction[]>()
  readonly #marks = new Map<string, string>()

  private constructor(
    readonly description: ApiDescription,
    readonly resources: ReadonlyMap<string, DescribedResource>,
  ) {}

  static async of(description: ApiDescription, work: LongWork): Promise<View> {
    const resources = new Map<string, DescribedResource>()
    for (const resource of description.resources()) {
      resources.set(resource.name, resource)
      await work.pause()
    }
    return new View(description, resources)
  }

  get groups(): readonly DescribedGroup[] {
    return [...this.resources.values()].flatMap(({ groups }) => groups)
  }

  /** Relations lead only to collections that the reader may list. */
  followed(collection: DescribedCollection): readonly Relation[] {
    return collection.relations.filter(({ hidden, target }) => !hidden && this.#leadsTo(target))
  }

  /** What the reader may do with the records of a collection, without what is below them. */
  actionsOf(collection: string): readonly DescribedAction[] {
    let actions = this.#actions.get(collection)
    if (!actions) {
      const groups = this.resources.get(collection)?.groups ?? []
      const all = groups.flatMap((group) => group.actions())
      actions = all.filter((action) => action.resource === collection && action.collection?.name === collection)
      this.#actions.set(collection, actions)
    }
    return actions
  }

  /** The same text as long as the reader sees the same of a collection, wherever it is spoken of. */
  markOf(collection: DescribedCollection): string {
    let mark = this.#marks.get(collection.name)
    if (mark === undefined) {
      const groups = this.resources.get(collection.name)?.groups ?? []
      const names = this.followed(collection).map(({ name }) => name)
      mark = `${collection.name} ${groups.map(({ fingerprint }) => fingerprint).join(',')} ${names.join(',')}`
      this.#marks.set(collection.name, mark)
    }
    return mark
  }

  #leadsTo(name: string): boolean {
    const target = this.resources.get(name)
    return target?.isListed === true && target.collection !== undefined
  }
}

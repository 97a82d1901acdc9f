import type { DescribedAction, DescribedCollection, DescribedField } from '@postern/core'
import type { Components, Part, Reference } from './components.js'
import { componentName } from './names.js'

const arrayOf = (items: Part): Part => ({ type: 'array', items })
const isField = (field: DescribedField | undefined): field is DescribedField => field !== undefined

/** The relations of a collection that its reader may follow: those to collections that he may list. */
export type Followed = (collection: DescribedCollection) => DescribedCollection['relations']

/** Records of collections as one reader sees and sends them. */
export class RecordSchemas {
  /** Under which name a set of fields stands: the first of a collection has the collection's own. */
  readonly #names = new Map<string, string>()
  readonly #taken = new Set<string>()

  constructor(
    private readonly components: Components,
    readonly relationsOf: Followed,
    /** How the reader lists a collection. */
    private readonly listOf: (collection: string) => DescribedAction | undefined,
  ) {}

  /** The fields that an action shows. */
  shown({ collection, readable = [] }: DescribedAction): readonly DescribedField[] {
    return readable.map((name) => collection?.fields.get(name)).filter(isField)
  }

  /** A name for a set of members; actions with the same set share it. */
  name(collection: string, suffix: string, action: string, members: readonly string[]): string {
    const wanted = componentName(suffix === '' ? collection : `${collection}.${suffix}`)
    const key = `${wanted}\n${members.join(',')}`
    let name = this.#names.get(key)
    if (name === undefined) {
      name = this.#taken.has(wanted) ? `${wanted}.${componentName(action)}` : wanted
      this.#taken.add(name)
      this.#names.set(key, name)
    }
    return name
  }

  /** A record of which the caller may have chosen the fields: any of them may be absent. */
  part(action: DescribedAction): Part {
    const { collection, readable } = action
    if (!collection) return {}
    if (!readable) return this.#written(action, collection)
    const name = this.name(collection.name, '', action.action, readable)
    return this.components.use('schemas', name, () => ({
      type: 'object',
      title: collection.title ?? collection.name,
      ...(collection.description === undefined ? {} : { description: collection.description }),
      properties: {
        ...Object.fromEntries(this.shown(action).map((field) => [field.name, field.output])),
        ...this.#related(collection),
      },
    }))
  }

  /** A record with every field that the caller may read. */
  whole(action: DescribedAction): Part {
    const { collection, readable } = action
    const part = this.part(action)
    if (!collection || !readable) return part
    const name = this.name(collection.name, 'whole', action.action, readable)
    return this.components.use('schemas', name, () => ({ allOf: [part], required: readable }))
  }

  /** Who may not read sees which record it is, and what he wrote himself. */
  #written({ action, writable }: DescribedAction, collection: DescribedCollection): Part {
    const names = [...new Set(['id', collection.targetKey, ...writable])]
    const fields = names.map((name) => collection.fields.get(name)).filter(isField)
    const name = this.name(collection.name, 'written', action, names)
    return this.components.use('schemas', name, () => ({
      type: 'object',
      description: 'Which record it is, and what was sent.',
      properties: Object.fromEntries(fields.flatMap((field) => (field.hidden ? [] : [[field.name, field.output]]))),
      required: ['id'],
    }))
  }

  /** Records that come where `appends` asks for them. */
  #related(collection: DescribedCollection): Part {
    const members = this.relationsOf(collection).map(({ name, many, target, title, description }) => {
      const list = this.listOf(target)
      const record = list ? this.part(list) : {}
      const about = {
        ...(title === undefined ? {} : { title }),
        description: description ?? `Comes with \`appends=${name}\`.`,
      }
      return [name, many ? { ...arrayOf(record), ...about } : { anyOf: [record, { type: 'null' }], ...about }] as const
    })
    return Object.fromEntries(members)
  }

  /** A record that is to be made. */
  created(action: DescribedAction, also: Part = {}): Part {
    return this.#input(action, 'new', also, ({ preset, collection, writable }) =>
      writable.filter((name) => collection?.fields.get(name)?.needed === true && !preset.includes(name)),
    )
  }

  /** What is to be changed of a record. */
  changes(action: DescribedAction, also: Part = {}): Part {
    return this.#input(action, 'changes', also, () => [])
  }

  /** Where relations of a record are to lead to: keys, or, where `updateAssociationValues` lists them, records. */
  #relations(collection: DescribedCollection, relatable: readonly string[]): Part {
    // A number that is no key of anything is not there: 404, as for any other key.
    const one = { anyOf: [{ type: ['number', 'string'] }, { type: 'object' }] }
    const relations = this.relationsOf(collection).filter(({ name }) => relatable.includes(name))
    const members = relations.map(({ name, many, title }) => {
      const about = {
        ...(title === undefined ? {} : { title }),
        description: many ? 'Keys of records, or records.' : 'The key of a record, or a record.',
        'x-relation': name,
      }
      const schema = many ? { type: 'array', items: one } : { anyOf: [...one.anyOf, { type: 'null' }] }
      return [name, { ...schema, ...about }] as const
    })
    return Object.fromEntries(members)
  }

  #input(
    action: DescribedAction,
    suffix: 'new' | 'changes',
    also: Part,
    required: (action: DescribedAction) => readonly string[],
  ): Reference | Part {
    const { collection, writable, relatable } = action
    if (!collection) return { type: 'object' }
    const fields = writable.map((name) => collection.fields.get(name)).filter(isField)
    const name = this.name(collection.name, suffix, action.action, [...writable, ...relatable])
    return this.components.use('schemas', name, () => {
      const properties = fields.map(({ name: member, input }) => {
        const { default: _default, ...changed } = input
        return [member, suffix === 'changes' ? changed : input]
      })
      const needed = required(action)
      return {
        type: 'object',
        properties: { ...Object.fromEntries(properties), ...this.#relations(collection, relatable), ...also },
        ...(needed.length === 0 ? {} : { required: needed }),
        additionalProperties: false,
      }
    })
  }
}

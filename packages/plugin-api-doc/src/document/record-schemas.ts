import type { DescribedAction, DescribedCollection, DescribedField } from '@postern/core'
import type { Components, Part, Reference } from './components.js'
import { componentName } from './names.js'
import type { View } from './view.js'

const arrayOf = (items: Part): Part => ({ type: 'array', items })
const isField = (field: DescribedField | undefined): field is DescribedField => field !== undefined

/** What two actions must have in common to share a schema. */
export type Shared = (action: DescribedAction) => unknown

export const byReadable: Shared = ({ readable }) => readable
export const byWritable: Shared = ({ writable }) => writable
/** It is the same for everything that the reader does with a collection. */
export const byCollection: Shared = () => null

/** Actions in whose names schemas stand, the first that the reader may call. */
const readers = ['list', 'get']
const makers = ['create', 'firstOrCreate', 'updateOrCreate', 'update']
const changers = ['update', ...makers]

const relationsIn = (action: DescribedAction): readonly string[] => action.relatable
const neededIn = ({ collection, writable, preset }: DescribedAction): readonly string[] =>
  writable.filter((name) => collection?.fields.get(name)?.needed === true && !preset.includes(name))

/** Records of collections as one reader sees and sends them. */
export class RecordSchemas {
  constructor(
    private readonly components: Components,
    private readonly view: View,
  ) {}

  /** The relations that the reader may follow. */
  relationsOf(collection: DescribedCollection): DescribedCollection['relations'] {
    return this.view.followed(collection)
  }

  /** The fields that an action shows. */
  shown({ collection, readable = [] }: DescribedAction): readonly DescribedField[] {
    return readable.map((name) => collection?.fields.get(name)).filter(isField)
  }

  /**
   * A name for a schema. The collection's own actions decide who has the plain one; what differs from that has the name of
   * its action as well. So a name says the same in every part of a document, whatever else is in it.
   */
  name(action: DescribedAction, suffix: string, shared: Shared): string {
    const name = action.collection?.name ?? ''
    const plain = componentName(suffix === '' ? name : `${name}.${suffix}`)
    const order = shared === byReadable ? readers : suffix === 'changes' ? changers : makers
    const own = this.view.actionsOf(name)
    const found = order.map((one) => own.find((other) => other.action === one)).find((one) => one !== undefined)
    const first = found ?? own[0]
    if (!first || JSON.stringify(shared(first)) === JSON.stringify(shared(action))) return plain
    return `${plain}-${componentName(action.resource === name ? action.action : `${action.resource}.${action.action}`)}`
  }

  /** A record of which the caller may have chosen the fields: any of them may be absent. */
  part(action: DescribedAction): Part {
    const { collection, readable } = action
    if (!collection) return {}
    if (!readable) return this.#written(action, collection)
    return this.components.use('schemas', this.name(action, '', byReadable), () => ({
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
    const name = this.name(action, 'whole', byReadable)
    return this.components.use('schemas', name, () => ({ allOf: [part], required: readable }))
  }

  /** The record that relations to a collection lead to, under the plain name. */
  target(collection: string): void {
    const own = this.view.actionsOf(collection)
    const action = readers.map((name) => own.find((one) => one.action === name)).find((one) => one !== undefined)
    if (action?.readable) this.part(action)
  }

  /** Who may not read sees which record it is, and what he wrote himself. */
  #written(action: DescribedAction, collection: DescribedCollection): Part {
    const names = [...new Set(['id', collection.targetKey, ...action.writable])]
    const fields = names.map((name) => collection.fields.get(name)).filter(isField)
    return this.components.use('schemas', this.name(action, 'written', byWritable), () => ({
      type: 'object',
      description: 'Which record it is, and what was sent.',
      properties: Object.fromEntries(fields.flatMap((field) => (field.hidden ? [] : [[field.name, field.output]]))),
      required: ['id'],
    }))
  }

  /** Records that come where `appends` asks for them. */
  #related(collection: DescribedCollection): Part {
    const members = this.relationsOf(collection).map(({ name, many, target, title, description }) => {
      this.components.related.add(target)
      const record = { $ref: `#/components/schemas/${componentName(target)}` }
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
    return this.#input(action, 'new', also, neededIn)
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
    const shared: Shared = (other) => [
      ...[other.writable, relationsIn(other), required(other)],
      Object.keys(other.document.also?.shape ?? {}),
    ]
    return this.components.use('schemas', this.name(action, suffix, shared), () => {
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

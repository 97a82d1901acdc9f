import type { CollectionRegistry } from '../database/collection-registry.js'
import type { CompiledCollection } from '../database/collection.js'
import { resolveRelation, type ResolvedRelation } from '../database/resolve-relation.js'
import { Registry } from '../kernel/registry.js'
import type { Disposer, Scope } from '../kernel/scope.js'
import type { Action, Actions } from './action.js'
import { associationActions, linkNames } from './association/actions.js'
import type { AssociationAction } from './association/association.js'
import { create } from './crud/create.js'
import type { CrudAction } from './crud/crud.js'
import { destroy } from './crud/destroy.js'
import { firstOrCreate } from './crud/first-or-create.js'
import { get } from './crud/get.js'
import { list } from './crud/list.js'
import { move } from './crud/move.js'
import { query } from './crud/query.js'
import { updateOrCreate } from './crud/update-or-create.js'
import { update } from './crud/update.js'

/** A new built-in action is one file and one line here. */
const crudActions: ReadonlyMap<string, CrudAction> = new Map(
  [list, get, create, update, destroy, firstOrCreate, updateOrCreate, move, query].map((action) => [
    action.name,
    action,
  ]),
)

export type FoundAction =
  | {
      readonly kind: 'defined'
      readonly action: Action
      readonly scope: Scope
      readonly registeredAt: string | undefined
      readonly services: Readonly<Record<string, unknown>>
    }
  | {
      readonly kind: 'crud'
      readonly action: CrudAction
      readonly scope: Scope
      readonly collection: CompiledCollection
    }
  | (FoundRelation & { readonly kind: 'association'; readonly action: AssociationAction })

/** A relation of a collection, and the scopes of the plugins that both ends belong to. */
interface FoundRelation {
  readonly relation: ResolvedRelation
  readonly scope: Scope
  readonly targetScope: Scope
}

interface DefinedAction {
  readonly action: Action
  readonly services: Readonly<Record<string, unknown>>
}

/** What the API exposes: actions that plugins defined, and the built-in ones of every collection. */
export class ResourceRegistry {
  readonly #actions = new Registry<DefinedAction>('action')

  constructor(private readonly collections: CollectionRegistry) {}

  /** Adds actions to a resource. An action with the name of a built-in one takes its place. */
  define(resource: string, actions: Actions, scope: Scope, services: Readonly<Record<string, unknown>> = {}): Disposer {
    const undo = Object.entries(actions).map(([name, action]) =>
      this.#actions.add(`${resource}:${name}`, { action, services }, scope),
    )
    return async () => {
      for (const remove of undo.reverse()) await remove()
    }
  }

  find(resource: string, action: string): FoundAction | undefined {
    const defined = this.#actions.find(`${resource}:${action}`)
    if (defined?.value.action.right === true) return undefined
    if (defined) return { kind: 'defined', ...defined.value, scope: defined.scope, registeredAt: defined.registeredAt }
    if (resource.includes('.')) return this.#association(resource, action)
    const crud = crudActions.get(action)
    const owned = crud && this.collections.find(resource)
    if (!owned || !this.#isOffered(crud, owned.value)) return undefined
    return { kind: 'crud', action: crud, collection: owned.value, scope: owned.scope }
  }

  #association(resource: string, name: string): FoundAction | undefined {
    const found = this.relation(resource)
    const action = found && associationActions(found.relation).get(name)
    // What a plugin does in its own way is not to be had by another.
    if (!action || (!action.links && this.isDefined(found.relation.target.name, name))) return undefined
    return { kind: 'association', action, ...found }
  }

  /** The relation `posts.comments`, if both ends are visible and callers may know of it. */
  relation(resource: string): FoundRelation | undefined {
    const [sourceName = '', name = '', ...rest] = resource.split('.')
    const source = this.collections.find(sourceName)
    if (!source || rest.length > 0 || source.value.options.internal === true) return undefined
    const relation = resolveRelation(this.collections, source.value, name)
    const target = relation && this.collections.find(relation.target.name)
    if (!target || target.value.options.internal === true) return undefined
    const compiled = source.value.relations.get(name)
    if (!compiled || compiled.hidden || compiled.implied) return undefined
    return { relation, scope: source.scope, targetScope: target.scope }
  }

  /** The addresses of all visible relations, `posts.comments`. */
  relations(): string[] {
    return this.collections
      .values()
      .flatMap(({ name, relations }) => [...relations.keys()].map((relation) => `${name}.${relation}`))
      .filter((address) => this.relation(address) !== undefined)
  }

  /** Did a plugin define the action itself? */
  isDefined(resource: string, action: string): boolean {
    return this.#actions.get(`${resource}:${action}`) !== undefined
  }

  /** Is there such a resource, or such a relation of one? */
  has(resource: string): boolean {
    return this.names().includes(resource) || this.relation(resource) !== undefined
  }

  /** The names of all visible resources. */
  names(): string[] {
    const names = new Set(this.#actions.names().map((name) => name.slice(0, name.indexOf(':'))))
    for (const collection of this.collections.values())
      if (collection.options.internal !== true) names.add(collection.name)
    return [...names].sort()
  }

  /** The names of a resource's actions. */
  actionsOf(resource: string): string[] {
    const defined = this.#actions.names().filter((name) => name.startsWith(`${resource}:`))
    const names = new Set(defined.map((name) => name.slice(resource.length + 1)))
    const relation = resource.includes('.') ? this.relation(resource) : undefined
    if (relation) {
      for (const name of associationActions(relation.relation).keys()) {
        if (this.#association(resource, name)) names.add(name)
      }
    }
    const collection = this.collections.get(resource)
    if (collection) {
      for (const crud of crudActions.values()) if (this.#isOffered(crud, collection)) names.add(crud.name)
    }
    return [...names].sort()
  }

  /** What can be granted on a resource: its actions, and on a collection to relate its records. */
  grantable(resource: string): string[] {
    const actions = this.actionsOf(resource)
    const { options } = this.collections.get(resource) ?? { options: { internal: true } }
    return options.internal === true ? actions : [...new Set([...actions, ...linkNames])].sort()
  }

  #isOffered({ applies, performs = [] }: CrudAction, collection: CompiledCollection): boolean {
    if (collection.options.internal === true || applies?.(collection) === false) return false
    return performs.every((name) => this.#actions.find(`${collection.name}:${name}`) === undefined)
  }

  get revision(): number {
    return this.#actions.revision
  }

  get size(): number {
    return this.#actions.size
  }
}

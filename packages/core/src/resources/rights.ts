import type { Acl } from '../acl/acl.js'
import type { Permission } from '../acl/permission.js'
import type { Principal } from '../auth/principal.js'

/** What a caller may do beside the call that he makes: to related records. */
export interface Rights {
  /**
   * What he may touch; undefined when he may not.
   *
   * @param touched the collection of the records, where the resource is a relation
   */
  readonly find: (resource: string, action: string, touched?: string) => Permission | undefined
  /** `false` where a plugin's own action stands in the place of the built-in one: only calling that one will do. */
  readonly isBuiltIn: (resource: string, action: string) => boolean
}

/** Knows which actions a plugin put in the place of built-in ones. */
export interface DefinedActions {
  isDefined(resource: string, action: string): boolean
}

/** Credentials for reading may call these only. */
const reading = new Set(['list', 'get', 'query'])

export const rightsOf = (acl: Acl, resources: DefinedActions, principal: Principal): Rights => ({
  find: (resource, action, touched) => acl.find(principal, resource, action, reading.has(action), touched),
  isBuiltIn: (resource, action) => !resources.isDefined(resource, action),
})

/**
 * What he may read of a collection's records; undefined when he may read none. A plugin that reads in its own way knows
 * more than grants say of who may read what.
 */
export function findReading({ find, isBuiltIn }: Rights, collection: string): Permission | undefined {
  for (const action of ['get', 'list']) {
    const permission = isBuiltIn(collection, action) ? find(collection, action) : undefined
    if (permission) return permission
  }
  return undefined
}

import type { Acl } from '../acl/acl.js'
import type { Permission } from '../acl/permission.js'
import type { Principal } from '../auth/principal.js'

/** What a caller may do beside the call that he makes: to related records. */
export interface Rights {
  /** What he may touch; undefined when he may not. */
  readonly find: (resource: string, action: string) => Permission | undefined
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
  find: (resource, action) => acl.find(principal, resource, action, reading.has(action)),
  isBuiltIn: (resource, action) => !resources.isDefined(resource, action),
})

import { wire } from '../kernel/wire-errors.js'
import type { Principal } from './principal.js'

/** `X-Role: <name>`: act as one of the caller's own roles. @throws 403 NO_PERMISSION for a role that is not the caller's */
export function assumeRole(principal: Principal, role: string | undefined): Principal {
  if (role === undefined || role === '' || principal.kind === 'anonymous') return principal
  if (!principal.roles.includes(role)) throw wire.NO_PERMISSION({ target: 'that role' })
  return { ...principal, roles: [role] }
}

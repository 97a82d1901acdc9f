import { wire } from '../kernel/wire-errors.js'
import type { Principal } from './principal.js'

/** `X-Role: <name>`: act as one of the caller's own roles. @throws 403 NO_PERMISSION for a role that is not the caller's */
export function assumeRole(principal: Principal, role: string | undefined): Principal {
  if (role === undefined || role === '' || principal.kind === 'anonymous' || principal.roleless === true)
    return principal
  const own = principal.roles.find((name) => name === role || inLatin1(name) === role)
  if (own === undefined) throw wire.NO_PERMISSION({ target: 'that role' })
  return { ...principal, roles: [own] }
}

/** How a name that was sent as UTF-8 looks: HTTP reads the bytes of headers as Latin-1. */
const inLatin1 = (name: string): string => Buffer.from(name, 'utf8').toString('latin1')

import { systemPrincipal, type Restrict } from '@postern/core'
import { apiKeys } from './collection.js'
import { recordFields } from './key-record.js'

const managers: readonly string[] = ['session', systemPrincipal.kind]

/**
 * Keys are managed by people who are signed in, whatever the roles of other credentials allow; nobody's rights are wider
 * for it. A key may do one thing with keys: end itself, when it was stolen or is no longer needed.
 */
export const restrictKeys: Restrict = ({ kind, credential }, resource, action) => {
  if (resource !== apiKeys.name) return undefined
  if (managers.includes(kind)) return action === 'list' || action === 'get' ? { fields: recordFields } : undefined
  return kind === 'apiKey' && action === 'destroy' ? { where: { id: credential?.['id'] ?? null } } : 'deny'
}

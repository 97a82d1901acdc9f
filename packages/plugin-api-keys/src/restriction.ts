import { systemPrincipal, type Restrict } from '@postern/core'
import { apiKeys } from './collection.js'
import { apiKeyEvents, eventFields } from './events.js'
import { recordFields } from './key-record.js'

const managers: readonly string[] = ['session', systemPrincipal.kind]
const isReading = (action: string): boolean => action === 'list' || action === 'get'

/**
 * Keys are managed by people who are signed in, whatever the roles of other credentials allow; nobody's rights are wider
 * for it. A key may do one thing with keys: end itself, when it was stolen or is no longer needed. What became of keys is
 * read by people too, and written by nobody.
 */
export const restrictKeys: Restrict = ({ kind, credential }, resource, action) => {
  if (resource === apiKeyEvents.name) {
    return managers.includes(kind) && isReading(action) ? { fields: eventFields } : 'deny'
  }
  if (resource !== apiKeys.name) return undefined
  if (managers.includes(kind)) return isReading(action) ? { fields: recordFields } : undefined
  return kind === 'apiKey' && action === 'destroy' ? { where: { id: credential?.['id'] ?? null } } : 'deny'
}

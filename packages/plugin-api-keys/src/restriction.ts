import { systemPrincipal, type Restrict } from '@postern/core'
import { apiKeys } from './collection.js'
import { apiKeyEvents, eventFields } from './events.js'
import { recordFields } from './key-record.js'

const managers: readonly string[] = ['session', systemPrincipal.kind]
const reading: readonly string[] = ['list', 'get', 'query']
/** What every collection can do beside that would make or change keys past their rules: `updateOrCreate`, `set`, … */
const writing: readonly string[] = ['create', 'update', 'destroy', 'rotate', 'revokeAll', 'usage', 'manage']

/**
 * Keys are managed by people who are signed in, whatever the roles of other credentials allow; nobody's rights are wider
 * for it. A key may do one thing with keys: end itself, when it was stolen or is no longer needed. What became of keys is
 * read by people too, and written by nobody.
 */
export const restrictKeys: Restrict = ({ kind, credential }, resource, action) => {
  if (resource === apiKeyEvents.name) {
    return managers.includes(kind) && reading.includes(action) ? { fields: eventFields } : 'deny'
  }
  if (resource !== apiKeys.name) return undefined
  if (managers.includes(kind) && reading.includes(action)) return { fields: recordFields }
  if (managers.includes(kind)) return writing.includes(action) ? undefined : 'deny'
  return kind === 'apiKey' && action === 'destroy' ? { where: { id: credential?.['id'] ?? null } } : 'deny'
}

export { default } from './plugin.js'
export { apiKeys } from './collection.js'
export { apiKeyEvents, apiKeyExpiring } from './events.js'

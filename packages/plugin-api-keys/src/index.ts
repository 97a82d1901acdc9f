export { default } from './plugin.js'
export { apiKeys } from './collection.js'

export { default } from './plugin.js'
export { spaceMembers, spaces, spaceTokens } from './collections.js'

/** What a member may do in a space; each may what the one before may, and more. */
export const spaceRoles = ['viewer', 'editor', 'admin', 'owner'] as const
export type SpaceRole = (typeof spaceRoles)[number]

/** @returns undefined for a text that is no role */
export const roleNamed = (name: unknown): SpaceRole | undefined => spaceRoles.find((role) => role === name)

export const isAtLeast = (role: SpaceRole, needed: SpaceRole): boolean =>
  spaceRoles.indexOf(role) >= spaceRoles.indexOf(needed)

/** Actions of collections that read, and those that write; of others the action itself says it. */
const reading = new Set(['list', 'get', 'query', 'export'])
const writing = new Set(
  ['create', 'update', 'destroy', 'firstOrCreate', 'updateOrCreate', 'move'].concat(['add', 'remove', 'set', 'toggle']),
)

/** The least role that may call an action of a divided collection. */
export const roleFor = (action: string, reads: boolean): SpaceRole =>
  reading.has(action) || (reads && !writing.has(action)) ? 'viewer' : 'editor'

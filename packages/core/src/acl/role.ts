/** May do everything; cannot be granted less. */
export const root = 'root'
/** What anybody may do, with or without a credential. */
export const anonymousRole = 'anonymous'
/** What whoever is signed in may do with his own session; keys and tokens do not have it. */
export const signedIn = '$signedIn'
/** What any valid credential may do, e.g. ask what it is. */
export const anyCredential = '$credential'

/** Roles that are there from the start. */
export const builtinRoles = [
  { name: root, title: 'Root' },
  { name: 'admin', title: 'Administrator' },
  { name: 'member', title: 'Member' },
  { name: anonymousRole, title: 'Anonymous' },
] as const

import { notFound, root, wire, type DatabaseHandle, type Principal } from '@postern/core'
import { spaceErrors } from './errors.js'
import { attributesWith, factsOf, placeOf } from './space-facts.js'

/** The spaces of that name that a session or key may enter. */
async function spacesNamed(name: string, { userId, roles }: Principal, db: DatabaseHandle): Promise<number[]> {
  const { rows } = await db.sql`
    SELECT spaces.id FROM spaces WHERE name = ${name} AND "deletedAt" IS NULL
      AND (${roles.includes(root)} OR EXISTS (
        SELECT FROM "spaceMembers" WHERE "spaceId" = spaces.id AND "userId" = ${userId})) ORDER BY id LIMIT 2`
  return rows.map(({ id }) => Number(id))
}

/**
 * The same caller in the space that an address names.
 *
 * @throws 401 without a credential; 404 for every space but those that he may enter; 400 where two have the name
 */
export async function enterSpace(principal: Principal, name: string, db: DatabaseHandle): Promise<Principal> {
  if (principal.kind === 'anonymous') throw wire.EMPTY_TOKEN().withHeaders({ 'WWW-Authenticate': 'Bearer realm="api"' })
  const known = factsOf(principal)
  if (known.own) {
    if (known.own.name !== name) throw notFound()
    return principal
  }
  const place = known.asked && placeOf(principal)
  const asked = place && typeof place === 'object' && 'id' in place ? place.id : undefined
  // PostgreSQL knows no NUL, and no space is named so.
  const found = name.includes('\0') ? [] : await spacesNamed(name, principal, db)
  const [id, ...more] = asked === undefined ? found : found.filter((each) => each === asked)
  if (id === undefined || (known.asked && asked === undefined)) throw notFound()
  if (more.length > 0) throw spaceErrors.REQUIRED()
  const attributes = { ...principal.attributes, ...attributesWith({ ...known, asked: { text: String(id), count: 1 } }) }
  return { ...principal, attributes }
}

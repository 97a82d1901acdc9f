import { connect, type OpenConnection, type TestApp } from '@postern/testkit'

type Values = Readonly<Record<string, unknown>>

/**
 * Takes the first wall down: permissions for divided collections no longer say which space. Only tests can do this.
 *
 * @param values are stamped into new records in the place of the caller's space
 * @returns puts it up again
 */
export function takeOutFirstWall(app: TestApp, values?: Values): () => void {
  const { acl, collections } = app.application.host
  const find = acl.find.bind(acl)
  acl.find = (principal, resource, action, reads, touched = resource) => {
    const permission = find(principal, resource, action, reads, touched)
    if (!permission || !collections.get(touched)?.partition) return permission
    const allOf = permission.allOf.filter((where) => !Object.hasOwn(where, 'spaceId'))
    const stamped = permission.values && values ? { ...permission.values, ...values } : permission.values
    return { ...permission, allOf, values: stamped }
  }
  return () => {
    acl.find = find
  }
}

/** A connection of the test's own, which sees everything. */
export async function openEye(app: TestApp): Promise<OpenConnection> {
  const eye = await connect(app.database.url)
  // On a server whose user is no superuser policies hold for this one too.
  await eye.run(`SET postern.part_spaced = '*'`)
  return eye
}

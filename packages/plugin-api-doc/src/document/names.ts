/** What an identifier of a programming language may not hold, as its number. */
const encoded = (character: string): string => `_x${(character.codePointAt(0) ?? 0).toString(16)}_`

/** `_` of names is doubled, so that a single one can only stand between names: no two actions get the same id. */
const word = (name: string): string =>
  name
    .split('.')
    .map((part) => part.replaceAll('_', '__').replace(/[^\w]/gu, encoded))
    .join('_')

/** `todos_list`, `users_roles_add`: unique, and an identifier in any language that clients are generated for. */
export const operationId = (resource: string, action: string): string => `${word(resource)}_${word(action)}`

/** Components have names of letters, digits, `.`, `-` and `_`. */
export const componentName = (name: string): string => name.replace(/[^\w.-]/gu, encoded)

/** `/todos:list`, `/users/{sourceId}/roles:add`. */
export function pathOf(resource: string, action: string): string {
  const [source = '', ...rest] = resource.split('.')
  return rest.length === 0 ? `/${source}:${action}` : `/${source}/{sourceId}/${rest.join('.')}:${action}`
}

/** `posts` of `posts.comments`. */
export function baseOf(resource: string): string {
  const dot = resource.indexOf('.')
  return dot === -1 ? resource : resource.slice(0, dot)
}

/**
 * The same action under another method. Ids must differ, and no action of the resource may have this one.
 *
 * @param isTaken ids of the other operations of the resource
 */
export function postIdOf(id: string, isTaken: (id: string) => boolean): string {
  const wanted = `${id}ByPost`
  return isTaken(wanted) ? postIdOf(wanted, isTaken) : wanted
}

import { emptyToken } from '../auth/authenticator.js'
import type { Principal } from '../auth/principal.js'
import { blame } from '../kernel/blame.js'
import { OwnedList, type OwnedItem } from '../kernel/owned-list.js'
import type { Disposer, Scope } from '../kernel/scope.js'
import { AppError } from '../kernel/errors.js'
import { wire } from '../kernel/wire-errors.js'
import { allows, implies, type Grant, type Implication } from './grant.js'
import { combineGrants, narrow, unlimited, type Permission } from './permission.js'
import type { Govern, Ruling } from './governor.js'
import type { Restrict } from './restriction.js'
import { anonymousRole, anyCredential, root, signedIn } from './role.js'

/** Sets of roles for which answers are kept; above it they are worked out anew. */
const mostRoleSets = 10_000

/** A permission, or why there is none. */
type Verdict = Permission | 'deny'

/** What callers may do: grants add up, restrictions take away. Without a grant nobody but `root` may do anything. */
export class Acl {
  readonly #granted = new OwnedList<Grant>('grant')
  readonly #implications = new OwnedList<Implication>('implied grant')
  readonly #restrictions = new OwnedList<Restrict>('restriction')
  readonly #governors = new OwnedList<Govern>('governor')
  /** Grants made by operators; replaced as a whole when they change. */
  #stored: readonly Grant[] = []
  /** @param isClosed resources that nobody but root may touch now */
  constructor(private readonly isClosed: (resource: string) => boolean = () => false) {}

  /** Answers by roles and action. Small: there are few sets of roles and few actions. */
  readonly #verdicts = new Map<string, Map<string, Verdict>>()
  /** Grows whenever answers may change: what caches derived from rights are keyed by. */
  revision = 0

  grant(grant: Grant, scope: Scope): Disposer {
    this.forget()
    const remove = this.#granted.add(grant, scope, `grant ${grant.role} ${grant.resource}:${grant.actions.join(',')}`)
    return () => {
      this.forget()
      return remove()
    }
  }

  restrict(restriction: Restrict, scope: Scope): Disposer {
    this.revision++
    return this.#restrictions.add(restriction, scope)
  }

  /** Lets a plugin decide in the place of grants. */
  govern(govern: Govern, scope: Scope): Disposer {
    return this.#governors.add(govern, scope)
  }

  /** Whoever is granted one action is granted others with it, within the same limits. */
  imply(implication: Implication, scope: Scope): Disposer {
    this.forget()
    const remove = this.#implications.add(implication, scope)
    return () => {
      this.forget()
      return remove()
    }
  }

  /** Puts the operators' grants in force. */
  setStored(grants: readonly Grant[]): void {
    this.#stored = grants
    this.forget()
  }

  /** Drops what was worked out before: grants changed, or an owner of grants came or went. */
  forget(): void {
    this.#verdicts.clear()
    this.revision++
  }

  get size(): number {
    return this.#granted.size + this.#implications.size + this.#restrictions.size + this.#governors.size
  }

  /**
   * What a caller may touch with an action.
   *
   * @throws 401 EMPTY_TOKEN when nobody in particular calls, 403 NO_PERMISSION when somebody does
   */
  permit(principal: Principal, resource: string, action: string, reads = true): Permission {
    return this.find(principal, resource, action, reads) ?? this.refuse(principal, resource, action)
  }

  /** Says why there is no permission. @throws like `permit` */
  refuse(principal: Principal, resource: string, action: string): never {
    if (principal.kind === 'anonymous') throw emptyToken()
    const ruling = this.#ruled(principal, resource, action, true)
    if (ruling instanceof AppError) throw ruling
    const target = `${resource}:${action}`
    const { scopes: _scopes, readOnly: _readOnly, ...whole } = principal
    const isNarrowed = principal.scopes !== undefined || principal.readOnly === true
    const isOutOfScope = isNarrowed && this.find(whole, resource, action) !== undefined
    throw isOutOfScope ? wire.INSUFFICIENT_SCOPE({ target }) : wire.NO_PERMISSION({ target })
  }

  /**
   * The same without a throw: undefined when there is no permission.
   *
   * @param reads is it an action that only reads? Others are closed to credentials for reading
   * @param touched the resource that restrictions are asked about: that of the records, where a grant names a relation
   */
  find(
    principal: Principal,
    resource: string,
    action: string,
    reads = true,
    touched = resource,
  ): Permission | undefined {
    if (this.isClosed(touched) && !principal.roles.includes(root)) return undefined
    const isCovered = covers(principal.scopes, resource, action) && (reads || principal.readOnly !== true)
    const roles = isCovered ? principal.roles : []
    const ruling = this.#ruled(principal, touched, action, reads)
    if (ruling && (ruling === 'deny' || ruling instanceof AppError || !isCovered)) return undefined
    // Who governs records says nothing of relations: those are granted, or not.
    const isUngranted = ruling !== undefined && ruling.besideGrants !== true && resource === touched
    const granted = isUngranted ? unlimited : this.#grantedTo(principal, roles, resource, action)
    const verdict = ruling && granted !== 'deny' ? narrow(granted, ruling) : granted
    if (verdict === 'deny') return undefined
    return this.#restrictions.isEmpty ? verdict : this.#restricted(verdict, principal, touched, action)
  }

  /**
   * What is left of a permission where an action does what others do: whatever restricts these holds here too, although
   * it needs no grant of theirs.
   *
   * @throws 403 NO_PERMISSION
   */
  restrictAs(
    permission: Permission,
    principal: Principal,
    resource: string,
    actions: readonly string[] = [],
  ): Permission {
    if (this.#restrictions.isEmpty) return permission
    return actions.reduce((rest, action) => {
      const narrowed = this.#restricted(rest, principal, resource, action)
      if (narrowed) return narrowed
      throw wire.NO_PERMISSION({ target: `${resource}:${action}` })
    }, permission)
  }

  #ruled(
    principal: Principal,
    resource: string,
    action: string,
    reads: boolean,
  ): Ruling | 'deny' | AppError | undefined {
    if (this.#governors.isEmpty) return undefined
    for (const item of this.#governors.active()) {
      const ruling = ask(item, principal, resource, action, reads)
      if (ruling !== undefined) return ruling
    }
    return undefined
  }

  #grantedTo({ kind }: Principal, roles: readonly string[], resource: string, action: string): Verdict {
    if (roles.includes(root)) return unlimited
    const implied = impliedRoles(kind)
    // Names of roles may hold blanks, but no line breaks.
    const key = `${implied.length}\n${roles.join('\n')}`
    let verdicts = this.#verdicts.get(key)
    if (!verdicts) {
      if (this.#verdicts.size >= mostRoleSets) this.#verdicts.clear()
      this.#verdicts.set(key, (verdicts = new Map<string, Verdict>()))
    }
    const call = `${resource}:${action}`
    let verdict = verdicts.get(call)
    if (!verdict) verdicts.set(call, (verdict = this.#combine(new Set([...implied, ...roles]), resource, action)))
    return verdict
  }

  #combine(roles: ReadonlySet<string>, resource: string, action: string): Verdict {
    const grants = [...this.#stored, ...[...this.#granted.active()].map(({ value }) => value)]
    const rights = [...this.#implications.active()].map(({ value }) => value)
    const implying = rights.filter((right) => right.resource === resource && right.actions.includes(action))
    const counts = (grant: Grant): boolean =>
      (grant.resource === resource && allows(grant, action)) || implying.some((right) => implies(grant, right))
    return combineGrants(grants.filter((grant) => roles.has(grant.role) && counts(grant))) ?? 'deny'
  }

  #restricted(permission: Permission, principal: Principal, resource: string, action: string): Permission | undefined {
    let narrowed = permission
    for (const item of this.#restrictions.active()) {
      const restriction = ask(item, principal, resource, action)
      if (restriction === 'deny') return undefined
      if (restriction) narrowed = narrow(narrowed, restriction)
    }
    return narrowed
  }
}

function ask<A extends readonly unknown[], R>(
  { value: decide, scope, registeredAt }: OwnedItem<(...call: A) => R>,
  ...call: A
): R {
  try {
    return decide(...call)
  } catch (error) {
    blame(error, scope.owner, registeredAt)
    throw error
  }
}

/** Each kind of caller has what the one before has, and more: their number tells them apart. */
const forAnybody = [anonymousRole]
const forCredentials = [anonymousRole, anyCredential]
const forSessions = [anonymousRole, anyCredential, signedIn]

/** The roles that come with the way of calling. */
function impliedRoles(kind: Principal['kind']): readonly string[] {
  if (kind === 'session') return forSessions
  return kind === 'anonymous' ? forAnybody : forCredentials
}

const covers = (scopes: Principal['scopes'], resource: string, action: string): boolean =>
  scopes === undefined ||
  scopes.some((scope) => scope.resource === resource && (scope.actions.includes(action) || scope.actions.includes('*')))

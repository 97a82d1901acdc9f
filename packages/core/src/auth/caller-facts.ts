import { blame } from '../kernel/blame.js'
import { OwnedList } from '../kernel/owned-list.js'
import type { Disposer, Scope } from '../kernel/scope.js'
import type { Principal } from './principal.js'
import type { AuthRequest } from './strategy.js'

/** A request whose headers can be counted: Node keeps only the first of several `Authorization`s. */
export interface CountedRequest extends AuthRequest {
  headerCount(name: string): number
}

type Attributes = Readonly<Record<string, unknown>>

/** What a plugin knows of whoever owns a credential. Kept with the verified credential, and forgotten with it. */
export type Describe = (principal: Principal) => Promise<Attributes | undefined>

/** What one request says beside its credential. @throws AppError where it contradicts itself */
export type Observe = (principal: Principal, request: CountedRequest) => Attributes | undefined

/** What plugins know of callers beside what their credentials say: attributes of principals. */
export class CallerFacts {
  readonly #describers = new OwnedList<Describe>('description of callers')
  readonly #readers = new OwnedList<Observe>('reader of requests')

  describe(describe: Describe, scope: Scope): Disposer {
    return this.#describers.add(describe, scope)
  }

  read(read: Observe, scope: Scope): Disposer {
    return this.#readers.add(read, scope)
  }

  async ofCredential(principal: Principal): Promise<Principal> {
    let described = principal
    for (const { value: describe, scope, registeredAt } of this.#describers.active()) {
      try {
        described = withAttributes(described, await describe(described))
      } catch (error) {
        blame(error, scope.owner, registeredAt)
        throw error
      }
    }
    return described
  }

  ofRequest(principal: Principal, request: CountedRequest): Principal {
    let described = principal
    if (this.#readers.isEmpty) return described
    for (const { value: read, scope, registeredAt } of this.#readers.active()) {
      try {
        described = withAttributes(described, read(described, request))
      } catch (error) {
        blame(error, scope.owner, registeredAt)
        throw error
      }
    }
    return described
  }

  get size(): number {
    return this.#describers.size + this.#readers.size
  }
}

const withAttributes = (principal: Principal, attributes: Attributes | undefined): Principal =>
  attributes ? { ...principal, attributes: { ...principal.attributes, ...attributes } } : principal

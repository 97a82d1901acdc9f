import type { Logger } from '../kernel/logger.js'
import { blame, blameOf } from '../kernel/blame.js'
import { OwnedList } from '../kernel/owned-list.js'
import type { Disposer, Scope } from '../kernel/scope.js'
import type { Principal } from './principal.js'

/** A request that was answered. */
export interface CredentialUse {
  readonly principal: Principal
  readonly credentialId: string
  /** Of the answer. */
  readonly status: number
  readonly address: string
  /** What it calls itself: `User-Agent`. */
  readonly client: string | undefined
}

/** A good credential that was refused for what narrows it. */
export interface CredentialRefusal {
  readonly principal: Principal
  readonly credentialId: string
  readonly reason: 'address' | 'scope'
  readonly address: string
  readonly requestId: string
}

export interface CredentialObserver {
  /** After each answer to a request with such a credential; must be quick. */
  used?(use: CredentialUse): void
  /** Before the answer. A throw is logged and changes nothing. */
  refused?(refusal: CredentialRefusal): void | Promise<void>
}

interface Observing {
  readonly kind: string
  readonly observer: CredentialObserver
}

/** Who is told of what credentials of one kind are used for. */
export class CredentialObservers {
  readonly #list = new OwnedList<Observing>('credential observer')

  constructor(private readonly log: Logger) {}

  add(kind: string, observer: CredentialObserver, scope: Scope): Disposer {
    return this.#list.add({ kind, observer }, scope)
  }

  get size(): number {
    return this.#list.size
  }

  used(use: CredentialUse): void {
    for (const { value, scope, registeredAt } of this.#list.active()) {
      if (value.kind !== use.principal.kind) continue
      try {
        value.observer.used?.(use)
      } catch (error) {
        this.#failed(error, scope.owner, registeredAt)
      }
    }
  }

  async refused(refusal: CredentialRefusal): Promise<void> {
    for (const { value, scope, registeredAt } of this.#list.active()) {
      if (value.kind !== refusal.principal.kind) continue
      scope.enter()
      try {
        await value.observer.refused?.(refusal)
      } catch (error) {
        this.#failed(error, scope.owner, registeredAt)
      } finally {
        scope.leave()
      }
    }
  }

  #failed(error: unknown, owner: string, registeredAt: string | undefined): void {
    blame(error, owner, registeredAt)
    this.log.warn({ err: error, ...blameOf(error) }, 'What a credential was used for could not be noted')
  }
}

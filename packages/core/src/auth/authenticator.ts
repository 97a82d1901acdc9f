import { blame, registrationPlace } from '../kernel/blame.js'
import type { Clock } from '../kernel/clock.js'
import type { AppError } from '../kernel/errors.js'
import { Registry } from '../kernel/registry.js'
import type { Disposer, Scope } from '../kernel/scope.js'
import { wire } from '../kernel/wire-errors.js'
import { CallerFacts, type CountedRequest } from './caller-facts.js'
import { CredentialCache } from './credential-cache.js'
import { credentialHeaders } from './credential-headers.js'
import { FailureLimit } from './rate-limit/failure-limit.js'
import type { LimitStore } from './rate-limit/limit-store.js'
import { anonymous, type Principal } from './principal.js'
import { headerOf, isRefusal, type AuthRequest, type AuthScheme, type AuthStrategy, type Refusal } from './strategy.js'

export type { CountedRequest }

/** A strategy with its credential's type closed over. */
interface Attempt {
  readonly scheme: AuthScheme
  readonly kind: string | undefined
  readonly header: string
  /** Undefined: not this strategy's. */
  try(request: AuthRequest): Promise<Principal | Refusal> | undefined
}

export interface AuthenticatorOptions {
  readonly clock: Clock
  readonly isFresh: () => boolean
  /** Wrong credentials a minute from one address before it is told to wait; 0: no limit. */
  readonly failuresPerMinute: number
  /** Where they are counted; in memory when absent. */
  readonly failures?: LimitStore
}

/** 401 for a credential that is no good. @param reason only for a caller who proved the whole secret */
export function invalidToken(reason?: string): AppError {
  const error = wire.INVALID_TOKEN().withHeaders({ 'WWW-Authenticate': 'Bearer realm="api", error="invalid_token"' })
  return reason === undefined ? error : error.because(reason)
}

export const emptyToken = (): AppError => wire.EMPTY_TOKEN().withHeaders({ 'WWW-Authenticate': 'Bearer realm="api"' })

/** Exactly one credential → whose it is; several → 400; a bad one → 401; none → nobody in particular. */
export class Authenticator {
  readonly strategies = new Registry<Attempt>('strategy')
  readonly cache: CredentialCache
  /** What plugins know of callers. */
  readonly facts = new CallerFacts()
  readonly #failures: FailureLimit
  #headers: readonly string[] = credentialHeaders
  #headersAt = -1

  constructor(private readonly options: AuthenticatorOptions) {
    this.cache = new CredentialCache(options.isFresh)
    this.#failures = new FailureLimit('failed-credentials', options.failuresPerMinute, options.failures)
  }

  /** Registers a strategy. Those registered later are asked first: the server's own sessions come last. */
  add<C>(name: string, strategy: AuthStrategy<C>, scope: Scope): Disposer {
    const registeredAt = registrationPlace()
    const attempt: Attempt = {
      scheme: strategy.scheme,
      kind: strategy.kind,
      header: headerOf(strategy.scheme),
      try: (request) => {
        const accuse = (error: unknown): never => {
          blame(error, scope.owner, registeredAt)
          throw error
        }
        try {
          const credential = strategy.read(request)
          return credential === undefined ? undefined : strategy.verify(credential, request).catch(accuse)
        } catch (error) {
          return accuse(error)
        }
      },
    }
    return this.strategies.add(name, attempt, scope)
  }

  /** @throws 400 AMBIGUOUS_CREDENTIALS, 401 INVALID_TOKEN, 429 RATE_LIMITED */
  async authenticate(request: CountedRequest): Promise<Principal> {
    const header = this.#credentialHeader(request)
    if (header === undefined) return anonymous
    const text = request.header(header) ?? ''
    // The same text in another header is another credential, and may be none.
    const key = header === 'authorization' ? text : `${header}\n${text}`
    const known = this.cache.get(key, this.options.clock.now())
    if (known) return known
    if (isEmpty(header, text)) return anonymous
    const { epoch } = this.cache
    const outcome = await this.#verify(header, request)
    if (isRefusal(outcome)) throw await this.#failure(outcome, request.address)
    const principal = await this.facts.ofCredential(outcome)
    this.cache.set(key, principal, epoch)
    return principal
  }

  async #verify(header: string, request: AuthRequest): Promise<Principal | Refusal> {
    for (const strategy of this.strategies.values().reverse()) {
      const attempt = strategy.header === header ? strategy.try(request) : undefined
      if (attempt) return attempt
    }
    return { refused: true }
  }

  /** Every header that can carry a credential. */
  get headers(): readonly string[] {
    return this.#credentialHeaders()
  }

  /** The one header that carries a credential. */
  #credentialHeader(request: CountedRequest): string | undefined {
    let found: string | undefined
    for (const header of this.#credentialHeaders()) {
      const count = request.headerCount(header)
      if (count === 0) continue
      if (count > 1 || found !== undefined) throw wire.AMBIGUOUS_CREDENTIALS()
      found = header
    }
    return found
  }

  #credentialHeaders(): readonly string[] {
    // Visibility can change without a change of the registry, so hidden strategies count too.
    if (this.#headersAt !== this.strategies.revision) {
      this.#headers = [...new Set([...credentialHeaders, ...this.strategies.held().map(({ header }) => header)])]
      this.#headersAt = this.strategies.revision
    }
    return this.#headers
  }

  /** Only what was not proved counts: whoever has the whole secret of an expired key guesses nothing. */
  async #failure({ reason }: Refusal, address: string): Promise<AppError> {
    const limited = reason === undefined ? await this.#failures.count(address) : undefined
    return limited ?? invalidToken(reason)
  }
}

/** Nothing was sent: no text, or a scheme with nothing after it. Other blanks than HTTP's own are part of a credential. */
const isEmpty = (header: string, text: string): boolean =>
  /^[ \t]*$/.test(text) || (header === 'authorization' && /^[ \t]*bearer[ \t]*$/i.test(text))

import { anonymous, anonymousRole, AppError, root as rootRole, type Application, type Principal } from '@postern/core'
import { send } from './http-client.js'
import { root } from './test-settings.js'

/** Somebody who can sign in. */
export interface TestUser {
  readonly id: number
  readonly email: string
  readonly username: string
  readonly password: string
  /** Of a session. */
  readonly token: string
}

export interface UserOptions {
  /** Beside `member`, which every user has; those that do not exist are made. */
  readonly roles?: readonly string[]
}

type Account = Pick<TestUser, 'email' | 'password'>

const passwordOf = (name: string): string => `the-password-of-${name}`

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** What `{data: {id}}` says, or the first of several. */
function idOf(body: unknown): number {
  const data = member(body, 'data')
  const id = member(Array.isArray(data) ? data[0] : data, 'id')
  if (typeof id !== 'number') throw new Error(`A record was expected, and this came: ${JSON.stringify(body)}`)
  return id
}

/** The users and roles of one test app, made as the tests need them. */
export class Accounts {
  readonly #known = new Map<string, Account>([['root', root]])
  readonly #roles = new Map<string, Promise<void>>()
  readonly #principals = new Map<string, Promise<Principal>>()

  constructor(
    private readonly application: Application,
    private readonly url: string,
  ) {}

  ensureRole(name: string): Promise<void> {
    const made = this.#roles.get(name) ?? this.#makeRole(name)
    this.#roles.set(name, made)
    return made
  }

  async #makeRole(name: string): Promise<void> {
    try {
      await this.application.call('roles', 'create', { body: { name } })
    } catch (error) {
      // It is there: from the start, from a plugin, or because the test made it.
      if (!(error instanceof AppError && error.status === 409)) throw error
    }
  }

  async #create(name: string, username: string, roles: readonly string[]): Promise<Omit<TestUser, 'token'>> {
    for (const role of roles) await this.ensureRole(role)
    const account = { email: `${name}@example.com`, username, password: passwordOf(name) }
    const { body } = await this.application.call('users', 'create', { body: { ...account, roles } })
    return { id: idOf(body), ...account }
  }

  async user(name: string, { roles = [] }: UserOptions): Promise<TestUser> {
    const user = await this.#create(name.toLowerCase(), name, roles)
    this.#known.set(name, user)
    return { ...user, token: await this.signIn(name) }
  }

  /** @throws Error with the answer of the server when it refuses */
  async signIn(name: string, password?: string): Promise<string> {
    const { email, password: known } = this.#known.get(name) ?? { email: name, password: passwordOf(name) }
    const body = { account: email, password: password ?? known }
    const answer = await send(this.url, 'POST', `${this.application.config.API_PREFIX}/auth:signIn`, { body })
    const token = member(member(answer.body, 'data'), 'token')
    if (typeof token !== 'string') throw new Error(`"${name}" could not sign in: ${answer.status} ${answer.text}`)
    return token
  }

  /** A user with this role and, whatever else he holds, acting in no other. Made at the first call. */
  principal(role: string): Promise<Principal> {
    const made = this.#principals.get(role) ?? this.#makePrincipal(role)
    this.#principals.set(role, made)
    return made
  }

  async #makePrincipal(role: string): Promise<Principal> {
    if (role === anonymousRole) return anonymous
    if (role === rootRole) return { kind: 'session', userId: await this.#rootId(), roles: [role] }
    // Roles may have names that no address can have.
    const name = `acting-${this.#principals.size + 1}`
    const { id } = await this.#create(name, name, [role])
    return { kind: 'session', userId: id, roles: [role] }
  }

  async #rootId(): Promise<number> {
    const params = { filter: { email: root.email } }
    return idOf((await this.application.call('users', 'list', { params })).body)
  }
}

import type { Acl } from '../acl/acl.js'
import type { CallerParts } from '../acl/caller-parts.js'
import { hasRowRules, type Permission } from '../acl/permission.js'
import type { Principal } from '../auth/principal.js'
import { createHandle } from '../database/handle.js'
import type { Executor } from '../database/executor.js'
import { Records } from '../database/records.js'
import { seeing } from '../database/seeing.js'
import type { Logger } from '../kernel/logger.js'
import { blame } from '../kernel/blame.js'
import { notFound, wire } from '../kernel/wire-errors.js'
import { Reply, type Action, type ActionCall, type RequestFacts } from './action.js'
import { permitAssociation } from './association/association.js'
import { isClosed } from './closed.js'
import type { ResourceContext } from './context.js'
import { explainDrift } from './explain-drift.js'
import { runHooks, runWrittenHooks } from './defined-hooks.js'
import type { ActionEvent } from './hook-call.js'
import { inputOf, keyOf } from './call-input.js'
import { answersTo, hintOf, notAllowed, refuseList } from './refused-call.js'
import type { FoundAction, ResourceRegistry } from './resource-registry.js'
import { findReading, rightsOf } from './rights.js'
import { recordOf } from './target.js'

/** How a call came: reading actions answer to GET, HEAD and POST, writing ones to POST; REST spellings name the verb themselves. */
export type Verb = 'GET' | 'HEAD' | 'POST' | 'rest'

export interface DispatchRequest {
  readonly resource: string
  readonly action: string
  readonly verb: Verb | (string & {})
  readonly key?: string | undefined
  readonly sourceId?: string | undefined
  readonly params: Readonly<Record<string, unknown>>
  readonly body?: unknown
  /** Fetches the body: only once it is sure that the caller may call at all. */
  readonly readBody?: () => Promise<unknown>
  /** Who calls, once the body is there: a credential may have been revoked meanwhile. */
  readonly identify?: () => Promise<Principal>
  /** Methods of an address that spells no action with this one. */
  readonly allow?: string | undefined
  readonly principal: Principal
  readonly facts: RequestFacts
}

/** What a call may touch. */
interface Permitted {
  readonly permission: Permission
  /** Of the parents, for a call below one. */
  readonly parents?: Permission
}

interface Admitted extends Permitted {
  readonly found: FoundAction
}

/** Finds the action, asks whether the caller may, parses the input, runs it. Works without HTTP as well. */
export class Dispatcher {
  constructor(
    private readonly resources: ResourceRegistry,
    private readonly rights: { readonly acl: Acl; readonly parts: CallerParts },
    private readonly context: ResourceContext,
    private readonly log: Logger,
  ) {}

  get #acl(): Acl {
    return this.rights.acl
  }

  /** What an action works with: statements see what the caller may see of divided collections. */
  #contextFor(principal: Principal): ResourceContext {
    const sight = this.rights.parts.of(principal)
    return sight ? { ...this.context, executor: seeing(this.context.executor, sight) } : this.context
  }

  /** @throws 404 NOT_FOUND, 405 METHOD_NOT_ALLOWED, 401 EMPTY_TOKEN, 403 NO_PERMISSION, and what the action throws */
  async dispatch(request: DispatchRequest): Promise<Reply> {
    if (!request.readBody) return this.#run(request)
    this.#admit(request)
    // While the body arrives anything may change: who calls is asked anew, and the action looked up and permitted anew.
    const body = await request.readBody()
    const principal = (await request.identify?.()) ?? request.principal
    return this.#run({ ...request, body, principal })
  }

  #admit(request: DispatchRequest): Admitted {
    const found = this.resources.find(request.resource, request.action)
    if (!found || isClosed(this.resources, this.context.collections, request)) throw this.#unknown(request)
    const reads = found.action.reads === true
    if (!answersTo(request.verb, reads)) throw notAllowed(request.verb, reads ? 'GET, HEAD, POST' : 'POST')
    return { found, ...this.#permit(found, request) }
  }

  #permit(found: FoundAction, { principal, resource, action }: DispatchRequest): Permitted {
    if (found.kind === 'association') return this.#permitAssociation(found, principal)
    const granted = this.#acl.permit(principal, resource, action, found.action.reads === true)
    if (found.kind !== 'crud') return { permission: granted }
    return { permission: this.#acl.restrictAs(granted, principal, resource, found.action.performs) }
  }

  #permitAssociation({ relation, action }: FoundAction & { kind: 'association' }, principal: Principal) {
    const rights = rightsOf(this.#acl, this.resources, principal)
    return permitAssociation({ acl: this.#acl, principal, rights }, relation, action)
  }

  async #run(request: DispatchRequest): Promise<Reply> {
    const { found, ...permitted } = this.#admit(request)
    const scopes = found.kind === 'association' ? [found.scope, found.targetScope] : [found.scope]
    for (const scope of scopes) scope.enter()
    try {
      return await this.#runFound(found, request, permitted)
    } catch (error) {
      throw await explainDrift(error, request.resource, this.context)
    } finally {
      for (const scope of scopes) scope.leave()
    }
  }

  #runFound(found: FoundAction, request: DispatchRequest, permitted: Permitted): Promise<Reply> {
    const { permission } = permitted
    if (found.kind === 'crud') return this.#crud(found, request, permission)
    if (found.kind === 'association') return this.#associated(found, request, permitted)
    return this.#defined(found, request, permission)
  }

  async #associated(
    { relation, action }: FoundAction & { kind: 'association' },
    request: DispatchRequest,
    { permission, parents = permission }: Permitted,
  ): Promise<Reply> {
    const context = this.#contextFor(request.principal)
    const call = this.#call(request, permission, context.executor, undefined, {})
    if (action.reads) refuseList(request.body)
    return action.run({ call, relation, context, rights: call.rights, parents })
  }

  async #crud(found: FoundAction & { kind: 'crud' }, request: DispatchRequest, permission: Permission): Promise<Reply> {
    const context = this.#contextFor(request.principal)
    const call = this.#call(request, permission, context.executor, undefined, {})
    if (found.action.reads) refuseList(request.body)
    const { rights } = call
    const readPermission = found.action.reads ? permission : findReading(rights, request.resource)
    return found.action.run({ call, collection: found.collection, context, readPermission, rights })
  }

  async #defined(
    found: FoundAction & { kind: 'defined' },
    request: DispatchRequest,
    permission: Permission,
  ): Promise<Reply> {
    const { action } = found
    const keyed = { ...request, key: keyOf(request) }
    if (action.key === true && (keyed.key === undefined || keyed.key === '')) {
      throw wire.INVALID_QUERY({ problem: 'filterByTk says which record' }).at('filterByTk')
    }
    const input = inputOf(action, request)
    const { executor } = this.#contextFor(request.principal)
    const run = (within: Executor) => this.#runDefined(found, keyed, permission, within, input)
    const isOne = action.reads !== true && action.transaction !== false
    const reply = await (isOne ? executor.transaction(run) : run(executor)).catch((error: unknown) => {
      blame(error, found.scope.owner, found.registeredAt)
      throw error
    })
    if (action.tells !== true) this.#tell(keyed)
    return reply
  }

  async #runDefined(
    found: FoundAction & { kind: 'defined' },
    request: DispatchRequest,
    permission: Permission,
    executor: Executor,
    input: unknown,
  ): Promise<Reply> {
    const { action } = found
    const asked = this.#call(request, permission, executor, input, found.services)
    await this.#requireRecord(action, asked, executor)
    // One that tells its own event also runs its own hooks.
    const call = action.tells === true ? asked : await runHooks(this.context, action, asked)
    const result = await action.run(call)
    if (action.tells !== true) await runWrittenHooks(this.context, call)
    if (result instanceof Reply) return result
    return new Reply({ data: action.output ? action.output.parse(result) : (result ?? null) })
  }

  /** The rules for rows hold for whatever is done to a record, also by an action of a plugin. @throws 404 NOT_FOUND */
  async #requireRecord({ key }: Action, call: ActionCall, executor: Executor): Promise<void> {
    if (key !== true || !hasRowRules(call.permission)) return
    const { clock, collections } = this.context
    const collection = collections.get(call.resource)
    if (!collection) return
    const records = new Records(collection, executor, clock, null)
    if ((await records.count(recordOf(collection, call))) === 0) throw notFound()
  }

  #call(
    request: DispatchRequest,
    permission: Permission,
    executor: Executor,
    input: unknown,
    services: Readonly<Record<string, unknown>>,
  ): ActionCall {
    const { resource, action, key, sourceId, params, body, principal, facts } = request
    const { collections, clock } = this.context
    return {
      resource,
      action,
      key,
      sourceId,
      params,
      body,
      principal,
      input,
      permission,
      rights: rightsOf(this.#acl, this.resources, principal),
      clock,
      log: this.log,
      services,
      request: facts,
      get db() {
        return createHandle({ executor, collections, clock, author: principal.userId })
      },
    }
  }

  #tell({ resource, action, principal, key, facts }: DispatchRequest): void {
    if (!this.context.events.has(`${resource}:${action}`)) return
    this.context.events.emit(`${resource}:${action}`, {
      resource,
      action,
      principal,
      key,
      records: [],
      request: facts,
    } satisfies ActionEvent)
  }

  /** 404; with the nearest names that the caller may know. */
  #unknown({ resource, action, principal, verb, allow }: DispatchRequest) {
    if (allow !== undefined && this.resources.has(resource)) return notAllowed(verb, allow)
    const mayCall = (name: string) => (candidate: string) =>
      this.resources.find(name, candidate) !== undefined && this.#acl.find(principal, name, candidate) !== undefined
    const actions = this.resources.actionsOf(resource).filter(mayCall(resource))
    if (actions.length > 0) return wire.NOT_FOUND({ hint: hintOf(action, actions, (name) => `${resource}:${name}`) })
    const known = this.resources.names().filter((name) => this.resources.actionsOf(name).some(mayCall(name)))
    return wire.NOT_FOUND({ hint: hintOf(resource, known, (name) => name) })
  }
}

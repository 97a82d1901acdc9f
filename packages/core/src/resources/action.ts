import type { z } from 'zod'
import type { Permission } from '../acl/permission.js'
import type { Principal } from '../auth/principal.js'
import type { DatabaseHandle } from '../database/handle.js'
import type { Clock } from '../kernel/clock.js'
import type { Logger } from '../kernel/logger.js'
import type { Rights } from './rights.js'
import type { ActionDocument } from './action-document.js'

/** A call of an action, after everything about it was checked. */
export interface ActionCall<I = unknown> {
  readonly resource: string
  readonly action: string
  /** The parsed input. */
  readonly input: I
  /** The tk: which record is meant; for actions with `key: true` it is always there. */
  readonly key: string | undefined
  /** The tk of the parent, for `<source>/<sourceId>/<association>:<action>`. */
  readonly sourceId: string | undefined
  /** The query string, parsed. */
  readonly params: Readonly<Record<string, unknown>>
  /** The body as it came: the record, a list of records, or undefined. */
  readonly body: unknown
  readonly principal: Principal
  /** What the caller may touch. */
  readonly permission: Permission
  /** What he may do beside this call. */
  readonly rights: Rights
  /** Inside the call's transaction where there is one; rows are written in the caller's name. */
  readonly db: DatabaseHandle
  /** Time as the server sees it. */
  readonly clock: Clock
  readonly log: Logger
  readonly services: Readonly<Record<string, unknown>>
  readonly request: RequestFacts
}

/** What is known of the request beside its content. Calls of the server itself have no address. */
export interface RequestFacts {
  readonly id: string
  readonly address: string
  /** The header's value. Names in lower case. */
  header(name: string): string | undefined
}

/** A body that was written as JSON already, and is sent as it stands. Whoever keeps it sends the same bytes again. */
export class JsonText {
  private constructor(readonly bytes: Buffer) {}

  static of(text: string | Buffer): JsonText {
    return new JsonText(typeof text === 'string' ? Buffer.from(text) : text)
  }

  get text(): string {
    return this.bytes.toString()
  }
}

/** An answer that is more than `{data: …}`. */
export class Reply {
  constructor(
    readonly body: unknown,
    readonly status = 200,
    readonly headers?: Readonly<Record<string, string>>,
  ) {}
}

/** One thing that can be done to a resource. */
export interface Action<I = unknown, O = unknown> {
  readonly summary: string
  readonly description?: string
  readonly input?: z.ZodType<I>
  readonly output?: z.ZodType<O>
  /** Answers to GET and HEAD too; the input comes from the query string. */
  readonly reads?: boolean
  /** Works on one record: a tk is required. */
  readonly key?: boolean
  /** `false`: the action that writes opens its transactions itself. Otherwise all of it is one transaction. */
  readonly transaction?: boolean
  /** `true`: it cannot be called; it can be granted, and other code asks whether it is (`acl.permits`, `acl.imply`). */
  readonly right?: boolean
  /** What the API document says of it beyond `input` and `output`. */
  readonly document?: ActionDocument
  /** `true`: the action runs its own hooks and tells its own event. */
  readonly tells?: boolean
  run(call: ActionCall<I>): O | Reply | Promise<O | Reply>
}

/** An action that works on one record knows which: the call was refused otherwise. */
type CallOf<I, K> = K extends true ? ActionCall<I> & { readonly key: string } : ActionCall<I>
type Returned<O> = O | Reply | Promise<O | Reply>
interface Described<I, K extends boolean> extends Omit<Action<I>, 'key' | 'output' | 'run'> {
  readonly key?: K
}

/** With an output schema, `run` must return what it says; without one, what `run` returns is the output. */
interface WithOutput<I, O, K extends boolean> extends Described<I, K> {
  readonly output: z.ZodType<O>
  run(call: CallOf<I, K>): Returned<NoInfer<O>>
}
interface WithoutOutput<I, O, K extends boolean> extends Described<I, K> {
  readonly output?: never
  run(call: CallOf<I, K>): Returned<O>
}

/** Methods are bivariant, so this accepts every concrete action. */
export type Actions = Readonly<Record<string, Action>>

/**
 * Declares an action. `input` and `output` are zod schemas: they validate the call and are what the API document shows.
 *
 * @example
 * defineAction({ summary: 'Say hello', reads: true, input: z.object({ name: z.string() }), output: z.string(),
 *   run: ({ input }) => `Hello ${input.name}` })
 */
export function defineAction<I, O, const K extends boolean = false>(action: WithOutput<I, O, K>): Action<I, O>
export function defineAction<I, O, const K extends boolean = false>(action: WithoutOutput<I, O, K>): Action<I, O>
export function defineAction(action: Action): Action {
  return action
}

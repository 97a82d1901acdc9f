import type { Action, ActionCall } from './action.js'
import type { ResourceContext } from './context.js'
import type { HookCall } from './hook-call.js'
import { isObject } from './parameters.js'

/** What the hooks of a plugin's action may change: its input, or the body as it came where it declares none. */
function valuesOf({ input: schema }: Action, { input, body }: ActionCall): Record<string, unknown> | undefined {
  const given = schema ? input : (body ?? {})
  return isObject(given) ? { ...given } : undefined
}

/** Runs the hooks of an action that a plugin defined. @returns the call with what they made of its input */
export async function runHooks(context: ResourceContext, action: Action, call: ActionCall): Promise<ActionCall> {
  const name = `${call.resource}:${call.action}`
  if (!context.hooks.has(name)) return call
  const values = valuesOf(action, call)
  const { db, key, principal, resource, request } = call
  const targets = () => Promise.resolve([])
  const about = { resource, action: call.action, principal, key, db, request }
  const hookCall: HookCall = { ...about, values: values ?? {}, targets }
  await context.hooks.run(name, hookCall)
  if (!values) return call
  if (action.input) return { ...call, db, input: values }
  // Without a body there is still none when no hook has put anything in.
  return call.body === undefined && Object.keys(values).length === 0 ? call : { ...call, db, body: values }
}

/** After it ran, in its transaction. What it wrote only the action itself knows, so there are no records to show. */
export async function runWrittenHooks(context: ResourceContext, call: ActionCall): Promise<void> {
  const { action, db, key, principal, resource, request } = call
  const name = `${resource}:${action}`
  if (context.written.has(name)) {
    await context.written.run(name, { resource, action, principal, key, records: [], db, request })
  }
}

import { nanoid } from 'nanoid'
import { systemPrincipal } from '../auth/principal.js'
import type { Reply } from '../resources/action.js'
import type { Dispatcher } from '../resources/dispatcher.js'
import type { CallInput } from './application.js'

/** Runs an action without HTTP: for commands, jobs and tests. */
export const callAction = (
  dispatcher: Dispatcher,
  resource: string,
  action: string,
  input: CallInput = {},
): Promise<Reply> =>
  dispatcher.dispatch({
    resource,
    action,
    verb: 'POST',
    key: input.key,
    sourceId: input.sourceId,
    params: input.params ?? {},
    body: input.body,
    principal: input.principal ?? systemPrincipal,
    facts: { id: nanoid(), address: '', header: () => undefined },
  })

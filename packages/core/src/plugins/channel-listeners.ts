import { blame, registrationPlace } from '../kernel/blame.js'
import type { Scope } from '../kernel/scope.js'
import type { PluginHost } from './plugin-host.js'

type Receive = (data: unknown) => void | Promise<void>
type Listen = (channel: string, receive: Receive, resync: () => void | Promise<void>) => void

/** The server keeps one listener for each channel; a plugin may have several, and each answers for its own mistakes. */
export function listening(host: PluginHost, scope: Scope): Listen {
  const channels = new Map<string, { receive: Receive[]; resync: Receive[] }>()
  const tell = async (listeners: readonly Receive[], data: unknown): Promise<void> => {
    const outcomes = await Promise.allSettled(listeners.map(async (listener) => listener(data)))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }
  return (channel, receive, resync) => {
    const own = ownedBy(scope)
    let listeners = channels.get(channel)
    if (!listeners) {
      const { receive: receivers, resync: resyncers } = (listeners = { receive: [], resync: [] })
      channels.set(channel, listeners)
      host.broadcast.on(channel, scope, {
        receive: (data) => tell(receivers, data),
        resync: () => tell(resyncers, undefined),
      })
    }
    listeners.receive.push(own(receive))
    listeners.resync.push(own(resync))
  }
}

/** A plugin's function as a call in flight of it, whose errors say who registered it, and where. */
function ownedBy(scope: Scope): (listener: Receive) => Receive {
  const registeredAt = registrationPlace()
  return (listener) => async (data) => {
    scope.enter()
    try {
      await listener(data)
    } catch (error) {
      blame(error, scope.owner, registeredAt)
      throw error
    } finally {
      scope.leave()
    }
  }
}

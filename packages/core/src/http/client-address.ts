import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
import { createNetworkList } from '../auth/networks.js'

/** IPv4 mapped into IPv6 equals IPv4; what is no address stays as it is. */
const normal = (text: string): string => (ipaddr.isValid(text) ? ipaddr.process(text).toString() : text)

/** Tells the client's address: the socket's, or, behind proxies that are trusted, the right-most entry that is not one of them. */
export function createClientAddress(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const isTrusted = createNetworkList(trustedProxies)
  const peers = new WeakMap<Socket, string>()
  /** The address of a connection does not change: it is worked out once for each. */
  const peerOf = (socket: Socket): string => {
    let peer = peers.get(socket)
    if (peer === undefined) peers.set(socket, (peer = normal(socket.remoteAddress ?? '')))
    return peer
  }
  return (request) => {
    const peer = peerOf(request.socket)
    const forwarded = request.headers['x-forwarded-for']
    if (trustedProxies.length === 0 || forwarded === undefined || !isTrusted(peer)) return peer
    const hops = String(forwarded)
      .split(',')
      .map((hop) => hop.trim())
      .reverse()
    const client = hops.find((hop) => !isTrusted(hop)) ?? hops.at(-1)
    return client !== undefined && ipaddr.isValid(client) ? normal(client) : peer
  }
}

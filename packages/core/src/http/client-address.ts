import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import ipaddr from 'ipaddr.js'

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

function network(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** Is the text an address or a network? */
export function isNetwork(text: string): boolean {
  try {
    network(text)
    return true
  } catch {
    return false
  }
}

/** IPv4 mapped into IPv6 equals IPv4; what is no address stays as it is. */
const normal = (text: string): string => (ipaddr.isValid(text) ? ipaddr.process(text).toString() : text)

/** Tells the client's address: the socket's, or, behind proxies that are trusted, the right-most entry that is not one of them. */
export function createClientAddress(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const networks = trustedProxies.map(network)
  const isTrusted = (text: string): boolean => {
    if (!ipaddr.isValid(text)) return false
    const address = ipaddr.process(text)
    return networks.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))
  }
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
    if (networks.length === 0 || forwarded === undefined || !isTrusted(peer)) return peer
    const hops = String(forwarded)
      .split(',')
      .map((hop) => hop.trim())
      .reverse()
    const client = hops.find((hop) => !isTrusted(hop)) ?? hops.at(-1)
    return client !== undefined && ipaddr.isValid(client) ? normal(client) : peer
  }
}

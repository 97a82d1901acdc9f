import ipaddr from 'ipaddr.js'

/** An address and how many of its bits count. */
type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

const mappedBits = 96

/** Four decimal parts, or IPv6 without a zone: the shorter spellings of IPv4 mean different things to different readers. */
function isPlain(text: string): boolean {
  return text.includes(':')
    ? ipaddr.IPv6.isValid(text) && !text.includes('%')
    : ipaddr.IPv4.isValidFourPartDecimal(text)
}

/** IPv4 that is written as a part of IPv6 is IPv4. */
function network(text: string): Network | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  if (!isPlain(address) || rest.length > 0) return undefined
  const parsed = ipaddr.parse(address)
  const all = parsed.kind() === 'ipv4' ? 32 : 128
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > all)) return undefined
  const count = bits === undefined ? all : Number(bits)
  const isMapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && count >= mappedBits
  return isMapped ? [parsed.toIPv4Address(), count - mappedBits] : [parsed, count]
}

/** Is the text an address or a network (`10.0.0.0/8`, `2001:db8::/32`)? */
export const isNetwork = (text: string): boolean => network(text) !== undefined

/** Tells which addresses are in one of these networks; what is no address is in none. */
export function createNetworkList(texts: readonly string[]): (address: string) => boolean {
  const networks = texts.flatMap((text) => {
    const found = network(text)
    return found ? [found] : []
  })
  return (text) => {
    if (networks.length === 0 || !ipaddr.isValid(text)) return false
    const address = ipaddr.process(text)
    return networks.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))
  }
}

/** Groups of an IPv6 address that tell one customer from another: whoever has one address has all that begin alike. */
const customerParts = 4

/** Whom an address stands for where something is counted: itself, or the network that an IPv6 address is one of. */
export function countedAddress(address: string): string {
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return address
  const groups = ipaddr.IPv6.parse(address).parts.slice(0, customerParts)
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`
}

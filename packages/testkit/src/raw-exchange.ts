import { connect } from 'node:net'

export interface RawOptions {
  /** Milliseconds of silence after which what came so far is the answer; 1000 unless said. */
  readonly timeout?: number
}

/** Sends bytes as they are and returns everything that comes until the server closes the connection or is silent. */
export function exchange(
  origin: string,
  bytes: string | Uint8Array,
  { timeout = 1000 }: RawOptions = {},
): Promise<string> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ host: hostname, port: Number(port) })
    const finish = (): void => {
      socket.destroy()
      resolve(Buffer.concat(chunks).toString())
    }
    socket.setTimeout(timeout, finish)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', finish)
    // A server that refuses may reset the connection while we still write; what it said before counts.
    socket.on('error', (error) => (chunks.length > 0 ? finish() : reject(error)))
    socket.on('connect', () => socket.write(bytes))
  })
}

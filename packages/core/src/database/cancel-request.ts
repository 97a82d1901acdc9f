import net, { type Socket } from 'node:net'
import tls from 'node:tls'
import type pg from 'pg'

/** Of PostgreSQL's protocol. */
const cancelCode = 80_877_102
const tlsCode = 80_877_103
/** Milliseconds. */
const timeout = 3000

export interface Backend {
  readonly processID: number | null
  /** Of pg, once the connection stands. */
  readonly secretKey?: number | null
}

function message(...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * words.length)
  for (const [index, word] of [bytes.length, ...words].entries()) bytes.writeInt32BE(word, 4 * index)
  return bytes
}

/**
 * Asks PostgreSQL to cancel what a connection is doing. Whether it does is not told; the connection must not be used
 * afterwards, for the request may arrive late.
 */
export function cancelStatement(config: pg.ClientConfig, { processID, secretKey }: Backend): void {
  if (processID === null || secretKey === null || secretKey === undefined) return
  const { host = '', port = 5432, ssl } = config
  const socket = host.startsWith('/') ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host)
  const end = (): void => void socket.destroy()
  socket.setTimeout(timeout, end).unref()
  socket.on('error', end)
  const send = (through: Socket): void => void through.write(message(cancelCode, processID, secretKey))
  if (ssl === undefined || ssl === false) return void socket.once('connect', () => send(socket))
  socket.once('connect', () => socket.write(message(tlsCode)))
  socket.once('data', (answer: Buffer) => {
    if (answer.toString('latin1') !== 'S') return end()
    const secured = tls.connect({
      ...(ssl === true ? {} : ssl),
      socket,
      ...(net.isIP(host) ? {} : { servername: host }),
    })
    secured.on('error', end).once('secureConnect', () => send(secured))
  })
}

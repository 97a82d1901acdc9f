import { createServer, ServerResponse, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import net, { type Socket } from 'node:net'
import type Koa from 'koa'
import { defineErrors } from '../kernel/errors.js'
import { answerBrokenRequest } from './broken-request.js'
import type { HttpSettings } from './http-settings.js'

const errors = defineErrors('SERVER', {
  PORT_TAKEN: {
    status: 503,
    message: 'Port {port} on {host} is taken',
    hint: 'Another server listens there. Stop it, or start with another port: APP_PORT=13001.',
  },
  NOT_ALLOWED: {
    status: 503,
    message: 'This user may not listen on port {port}',
    hint: 'Choose a port above 1023 with APP_PORT.',
  },
  NO_ADDRESS: {
    status: 503,
    message: '{host} is not an address of this machine',
    hint: 'Correct APP_HOST, or leave it out.',
  },
})

/** Milliseconds. Clients with an idle connection may be about to use it: closing it at once would lose their request. */
const graceForIdle = 500
const drainStep = 50
/** A connection on which nothing moves for so long is closed, whatever is going on. */
const longestSilence = 5 * 60_000

export class HttpServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(app: Koa, settings: HttpSettings) {
    const handle = app.callback()
    const serve: RequestListener = (request, response) => void handle(request, response)
    this.#server = createServer(
      {
        maxHeaderSize: settings.headerLimit,
        // Node refuses to wait longer for the headers than for the whole request.
        headersTimeout: Math.min(settings.headerTimeout, settings.requestTimeout),
        requestTimeout: settings.requestTimeout,
        connectionsCheckingInterval: 1000,
        keepAliveTimeout: 10_000,
        // Node would answer without a body; `guard` does it with one.
        requireHostHeader: false,
      },
      serve,
    )
    // An expectation that we do not know may be ignored; Node would answer it itself, without an error body.
    this.#server.on('checkExpectation', serve)
    // Whoever does not read his answer must not hold it in memory for ever.
    this.#server.setTimeout(longestSilence)
    // Node would silently drop the headers beyond its limit; they are counted by `guard` instead.
    this.#server.maxHeadersCount = 0
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('clientError', (error, socket) => answerBrokenRequest(error, socket, settings))
  }

  /** @throws SERVER_PORT_TAKEN and the like, with what to do */
  async listen(port: number, host: string): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(listenError(error, port, host)))
      this.#server.listen(port, host, resolve)
    })
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the server listens on a port')
    return address
  }

  /** Stops accepting, lets running requests finish. @returns whether all did within `limit` milliseconds */
  async drain(limit: number): Promise<boolean> {
    if (!this.#server.listening) return true
    for (const socket of this.#sockets) announceEnd(socket)
    // http.Server's own close() drops idle connections at once; see graceForIdle.
    const closed = new Promise<void>((resolve) => net.Server.prototype.close.call(this.#server, () => resolve()))
    const started = performance.now()
    const timer = setInterval(() => {
      if (performance.now() - started <= graceForIdle) return
      // After what has arrived was read: a connection may be idle only because this process was busy.
      setImmediate(() => this.#server.closeIdleConnections())
    }, drainStep)
    const finished = await Promise.race([closed.then(() => true), after(limit)])
    clearInterval(timer)
    if (!finished) this.#server.closeAllConnections()
    await closed
    return finished
  }
}

/** The answer that is being worked on is to say that it is the last one here: the client then sends nothing after it. */
function announceEnd(socket: Socket): void {
  // Node keeps it there; to note every answer ourselves would cost every request something.
  const answer: unknown = Reflect.get(socket, '_httpMessage')
  if (answer instanceof ServerResponse && !answer.headersSent) answer.shouldKeepAlive = false
}

const after = (milliseconds: number): Promise<false> =>
  new Promise((resolve) => setTimeout(() => resolve(false), milliseconds).unref())

function listenError(error: Error, port: number, host: string): Error {
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return errors.PORT_TAKEN({ port, host }, error)
  if (code === 'EACCES') return errors.NOT_ALLOWED({ port }, error)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return errors.NO_ADDRESS({ host }, error)
  return error
}

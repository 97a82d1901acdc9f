import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { AppError } from '../kernel/errors.js'
import { silentLogger } from '../kernel/logger.js'
import { wire } from '../kernel/wire-errors.js'
import { errorResponse } from './error-response.js'
import type { HttpSettings } from './http-settings.js'

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined)

function faultOf(error: Error, { headerLimit }: HttpSettings): AppError {
  switch (codeOf(error)) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return wire.REQUEST_TIMEOUT()
    case 'HPE_HEADER_OVERFLOW':
      return wire.HEADERS_TOO_LARGE({ limit: `${headerLimit} bytes of` })
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return wire.PAYLOAD_TOO_LARGE({ limit: headerLimit })
    default:
      return wire.INVALID_QUERY({ problem: 'the request is not valid HTTP' })
  }
}

/** An answer under way must not get another one in its midst. Node says so only in a member that it does not document. */
const isAnswered = (error: Error, socket: Duplex): boolean => {
  const response: unknown = Reflect.get(socket, '_httpMessage')
  // Refused before its body had come, which then never came: that answer was the answer.
  const isUsed = 'bytesWritten' in socket && Number(socket.bytesWritten) > 0
  if (isUsed && codeOf(error) === 'ERR_HTTP_REQUEST_TIMEOUT') return true
  return typeof response === 'object' && response !== null && Reflect.get(response, 'headersSent') === true
}

/**
 * Answers what never became a request: no HTTP at all, too many bytes of headers, too slow. In the form of every other
 * error, where Node itself would give a bare status. The connection is closed: nobody knows where the next request begins.
 */
export function answerBrokenRequest(error: Error, socket: Duplex, settings: HttpSettings): void {
  if (codeOf(error) === 'ECONNRESET' || !socket.writable || isAnswered(error, socket)) return void socket.destroy()
  const id = randomUUID()
  const { status, body } = errorResponse(faultOf(error, settings), id, silentLogger)
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `X-Request-Id: ${id}`,
    'X-Content-Type-Options: nosniff',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ]
  // Ending is not enough: a client that never closes its own side would keep the connection.
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy())
}

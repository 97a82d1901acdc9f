import { apiDocErrors } from './errors.js'
import { Client } from './client.js'
import { readDocument } from './read-document.js'
import { Replay, type Outcome } from './replay.js'
import { replayReading } from './reading.js'
import { replayWriting } from './writing.js'

export interface VerifyOptions {
  /** `http://localhost:13000` */
  readonly base: string
  readonly key: string
  /** The header that carries the key. */
  readonly header: string
  /** Other headers of every request. */
  readonly also: Readonly<Record<string, string>>
  /** Below which the API is. */
  readonly prefix: string
  readonly write: boolean
}

/**
 * Calls what the document of a server says may be called, and compares the answers with it.
 *
 * @throws API_DOC_BAD_KEY, API_DOC_NO_SERVER, API_DOC_NO_DOCUMENT
 */
export async function verify({ base, key, header, also, prefix, write }: VerifyOptions): Promise<readonly Outcome[]> {
  const client = new Client(base, key, header, also)
  const path = `${prefix}/openapi.json`
  const { status, body } = await client.send({ method: 'GET', path })
  if (status === 401 || status === 429) throw apiDocErrors.BAD_KEY({ base })
  if (status !== 200) throw apiDocErrors.NO_DOCUMENT({ address: `${base}${path}`, status })
  const replay = new Replay(readDocument(body), client, prefix)
  await replayReading(replay)
  if (write) await replayWriting(replay)
  return replay.outcomes
}

import type pg from 'pg'
import { cut } from './watchdog.js'

/**
 * Bounds what comes in on a connection: what is too much for a statement ends the connection, instead of being held in
 * memory until the last row has come.
 */
export class Intake {
  /** Bytes of one row; more than that is not waited for. */
  #maxRow = Infinity
  #onTooMany: (() => Error) | undefined
  #mark: number

  private constructor(private readonly client: pg.Client) {
    this.#mark = bytesOf(client)
    client.connection.stream.on('data', () => this.#arrived())
  }

  static readonly #of = new WeakMap<pg.Client, Intake>()

  static of(client: pg.Client): Intake {
    let intake = Intake.#of.get(client)
    if (!intake) Intake.#of.set(client, (intake = new Intake(client)))
    return intake
  }

  /** From here on a row of more bytes ends the connection. */
  limit(maxRow: number, onTooMany: () => Error): void {
    this.#maxRow = maxRow
    this.#onTooMany = onTooMany
    this.passed()
  }

  unlimit(): void {
    this.#maxRow = Infinity
    this.#onTooMany = undefined
  }

  /** Something has come to its end. */
  passed(): void {
    this.#mark = bytesOf(this.client)
  }

  #arrived(): void {
    if (this.#onTooMany && bytesOf(this.client) - this.#mark > this.#maxRow) cut(this.client, this.#onTooMany())
  }
}

/** Not the same as what was parsed: what came in one piece counts as one. */
function bytesOf({ connection: { stream } }: pg.Client): number {
  return 'bytesRead' in stream && typeof stream.bytesRead === 'number' ? stream.bytesRead : 0
}

/** Counts the bytes of a statement's rows. */
export class Meter {
  #bytes = 0

  constructor(
    private readonly client: pg.Client,
    private readonly intake: Intake,
    private readonly maxBytes: number,
    private readonly tooMany: () => Error,
  ) {}

  get bytes(): number {
    return this.#bytes
  }

  /** @returns whether the row may be kept */
  take(bytes: number): boolean {
    this.#bytes += bytes
    this.intake.passed()
    if (this.#bytes <= this.maxBytes) return true
    cut(this.client, this.tooMany())
    return false
  }
}

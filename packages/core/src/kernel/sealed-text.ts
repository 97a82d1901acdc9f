import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

const tagBytes = 16
const keyBytes = 32

const derive = (secret: string, info: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `postern ${info}`, keyBytes)))

/** The keys of one secret, for one kind of texts. */
class Seal {
  readonly #mac: KeyObject
  readonly #cipher: KeyObject

  constructor(secret: string, kind: string) {
    this.#mac = derive(secret, `${kind} mac`)
    this.#cipher = derive(secret, `${kind} cipher`)
  }

  close(text: string, purpose: string): Buffer {
    const tag = this.#tag(text, purpose)
    const cipher = createCipheriv('aes-256-ctr', this.#cipher, tag)
    return Buffer.concat([tag, cipher.update(text, 'utf8'), cipher.final()])
  }

  open(bytes: Buffer, purpose: string): string | undefined {
    const tag = bytes.subarray(0, tagBytes)
    const decipher = createDecipheriv('aes-256-ctr', this.#cipher, tag)
    const text = Buffer.concat([decipher.update(bytes.subarray(tagBytes)), decipher.final()]).toString('utf8')
    return timingSafeEqual(tag, this.#tag(text, purpose)) ? text : undefined
  }

  #tag(text: string, purpose: string): Buffer {
    const hmac = createHmac('sha256', this.#mac)
      .update(`${Buffer.byteLength(purpose)}:${purpose}`)
      .update(text)
    return hmac.digest().subarray(0, tagBytes)
  }
}

/**
 * Texts that callers carry for the server: they cannot read them, and make or change none. The same text seals to the
 * same, and no random number has to be new each time: the tag, an HMAC of everything, is also where the cipher begins
 * (SIV, after RFC 5297).
 */
export class SealedText {
  readonly #first: Seal
  readonly #seals: readonly Seal[]

  /** @param secrets the same on every node: the first one seals, any of them opens */
  constructor(kind: string, ...secrets: readonly [string, ...string[]]) {
    const [first, ...others] = secrets
    this.#first = new Seal(first, kind)
    this.#seals = [this.#first, ...others.map((secret) => new Seal(secret, kind))]
  }

  /** @param purpose what the text is for: it opens for nothing else */
  seal(text: string, purpose: string): string {
    return this.#first.close(text, purpose).toString('base64url')
  }

  /** @returns undefined for whatever was not sealed for this purpose, to the letter */
  open(sealed: string, purpose: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    // Node reads more than one spelling of the same bytes.
    if (bytes.length < tagBytes || bytes.toString('base64url') !== sealed) return undefined
    for (const seal of this.#seals) {
      const text = seal.open(bytes, purpose)
      if (text !== undefined) return text
    }
    return undefined
  }
}

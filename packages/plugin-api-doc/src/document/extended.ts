import { createHash } from 'node:crypto'
import type { LongWork } from '@postern/core'
import type { Part } from './components.js'
import { joined, type Fragment } from './fragment.js'

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value)

/** How deep the large parts of a document are taken apart: `paths`, and `components` by kind. */
const depths: Readonly<Record<string, number>> = { paths: 1, components: 2 }

async function membersOf(value: Part, depth: number, work: LongWork): Promise<Buffer> {
  const members: Buffer[] = []
  for (const [name, part] of Object.entries(value)) {
    if (part === undefined) continue
    const key = Buffer.from(`${JSON.stringify(name)}:`)
    const isLarge = depth > 0 && isPart(part)
    members.push(
      Buffer.concat([key, isLarge ? await membersOf(part, depth - 1, work) : Buffer.from(JSON.stringify(part))]),
    )
    await work.pause()
  }
  return Buffer.concat([Buffer.from('{'), joined(members), Buffer.from('}')])
}

/** Bytes that are hashed in one go. */
const inOnePiece = 1_000_000

/** Writes a document that plugins added to, part by part: others are served in between. */
export async function writeExtended(document: Part, work: LongWork): Promise<{ bytes: Buffer; etag: string }> {
  const members: Buffer[] = []
  for (const [name, part] of Object.entries(document)) {
    if (part === undefined) continue
    const depth = depths[name] ?? 0
    const text = isPart(part) ? await membersOf(part, depth - 1, work) : Buffer.from(JSON.stringify(part))
    members.push(Buffer.concat([Buffer.from(`${JSON.stringify(name)}:`), text]))
    await work.pause()
  }
  const bytes = Buffer.concat([Buffer.from('{'), joined(members), Buffer.from('}')])
  const hash = createHash('sha256')
  for (let start = 0; start < bytes.length; start += inOnePiece) {
    hash.update(bytes.subarray(start, start + inOnePiece))
    await work.pause()
  }
  return { bytes, etag: `"${hash.digest('base64url').slice(0, 27)}"` }
}

/** Reads what fragments hold, part by part. */
export async function readParts(fragments: readonly Fragment[], work: LongWork) {
  const paths: Record<string, unknown> = {}
  const components: Record<string, Record<string, unknown>> = {}
  for (const fragment of fragments) {
    Object.assign(paths, parsed(fragment.paths))
    for (const { kind, name, text } of fragment.components) {
      const own = (components[kind] ??= {})
      if (!Object.hasOwn(own, name)) Object.assign(own, parsed(text))
      await work.pause()
    }
  }
  return { paths, components }
}

function parsed(members: Buffer): object {
  const value: unknown = JSON.parse(`{${members.toString()}}`)
  return isPart(value) ? value : {}
}

import { describe, expect, it } from '@jest/globals'
import { killHard, postmasterOf, query, useEmbedded } from './embedded-harness.js'

const { open, client, stopped } = useEmbedded()

const rounds = 20

describe('kill -9 while rows are written', () => {
  it(`loses no acknowledged row in ${rounds} rounds, whether Node or PostgreSQL or both are killed`, async () => {
    const place = await stopped()
    const first = await open(place, {})
    await query(first.url, 'CREATE TABLE kept (id bigserial PRIMARY KEY)')
    await first.release()
    const acknowledged = new Set<number>()
    for (let round = 0; round < rounds; round++) {
      const writer = client(place, { mode: 'write' })
      await writer.until(() =>
        writer.told.filter(({ written }) => written).length > 20 + round * 3 ? true : undefined,
      )
      const postmaster = postmasterOf(place)
      // In turn: Node alone, PostgreSQL under a Node that still lives, PostgreSQL after Node.
      if (round % 3 === 1) await killHard(postmaster)
      await writer.kill()
      if (round % 3 === 2) await killHard(postmaster)
      for (const { written } of writer.told) if (written) acknowledged.add(written)
      const server = await open(place, {})
      const rows = await query<{ id: string }>(server.url, 'SELECT id FROM kept')
      const kept = new Set(rows.map(({ id }) => Number(id)))
      expect([...acknowledged].filter((id) => !kept.has(id))).toEqual([])
      // Every other time the next writer finds a stopped server, otherwise one that is left running for it to adopt.
      if (round % 2 === 0) await server.release()
    }
    expect(acknowledged.size).toBeGreaterThan(rounds * 20)
  }, 240_000)
})

import type { Connection } from './connection.js'
import type { Statement } from './sql.js'

/** A node counts as live while its last sign of life is younger than this, in milliseconds: always longer than its lease. */
const liveFor = 5000

/** A sign of life. */
export const beatStatement = (node: string): Statement => ({
  text: `INSERT INTO postern.nodes (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()`,
  values: [node],
})

/** Signing off; what nodes that were killed long ago have left goes with it. */
export const leaveStatement = (node: string): Statement => ({
  text: `DELETE FROM postern.nodes WHERE id = $1 OR seen_at < clock_timestamp() - interval '1 day'`,
  values: [node],
})

/** The live nodes other than this one. */
export async function otherNodes(connection: Connection, node: string): Promise<string[]> {
  const { rows } = await connection.run({
    text: `SELECT id FROM postern.nodes WHERE seen_at > clock_timestamp() - $1::int * interval '1 millisecond' AND id <> $2`,
    values: [liveFor, node],
    prepared: true,
    quick: true,
  })
  return rows.map((row) => String(row['id']))
}

import type { Connection } from './connection.js'
import type { Statement } from './sql.js'

/** A node counts as live while its last sign of life is younger than this, in milliseconds: always longer than its lease. */
export const liveFor = 5000

/** A sign of life; to be sent on the connection that listens, whose end tells that the node hears nothing any more. */
export const beatStatement = (node: string): Statement => ({
  text: `INSERT INTO postern.nodes (id, backend) VALUES ($1, pg_backend_pid())
         ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp(), backend = pg_backend_pid()`,
  values: [node],
})

/** Signing off; what nodes that were killed long ago have left goes with it. */
export const leaveStatement = (node: string): Statement => ({
  text: `DELETE FROM postern.nodes WHERE id = $1 OR seen_at < clock_timestamp() - interval '1 day'`,
  values: [node],
})

export interface OtherNodes {
  /** Those that can hear. */
  readonly listening: readonly string[]
  /** Milliseconds since the last sign of life of one that was killed or cut off: of the latest of them. */
  readonly silentFor: number | undefined
}

/** The live nodes other than this one. */
export async function otherNodes(connection: Connection, node: string): Promise<OtherNodes> {
  const { rows } = await connection.run({
    // A node of an older version says nothing of its connection; asked after NULL, PostgreSQL gives all there are.
    text: `SELECT id, EXISTS (SELECT FROM pg_stat_get_activity(backend)) AS listening,
                  (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::int AS age
           FROM postern.nodes WHERE seen_at > clock_timestamp() - $1::int * interval '1 millisecond' AND id <> $2`,
    values: [liveFor, node],
    prepared: true,
    quick: true,
  })
  const ages = rows.filter((row) => row['listening'] !== true).map((row) => Number(row['age']))
  return {
    listening: rows.filter((row) => row['listening'] === true).map((row) => String(row['id'])),
    silentFor: ages.length === 0 ? undefined : Math.min(...ages),
  }
}

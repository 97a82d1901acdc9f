import { quote, type Numbered, type Statement } from './sql.js'

/** The ids of a table that somebody filled with SQL, ids included, have got ahead of the sequence that gives them. */
export const putRight = ({ table, sight }: Numbered): Statement => ({
  text: `SELECT setval(own.sequence, greatest((SELECT max(id) FROM ${quote(table)}), pg_sequence_last_value(own.sequence), 1))
    FROM (SELECT pg_get_serial_sequence($1, 'id')::regclass AS sequence) AS own WHERE own.sequence IS NOT NULL`,
  values: [`public.${quote(table)}`],
  sight,
})

/** The table whose sequence gave records ids that were there already, when that is why a statement was refused. */
export const behindSequence = (columns: readonly string[], { numbered }: Statement): Numbered | undefined =>
  columns.length === 1 && columns[0] === 'id' ? numbered : undefined

import type { Executor } from './executor.js'

/** What has a name in the schema of collections: tables share theirs with views, sequences, indexes, types and domains. */
const holder = `
  SELECT CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view' WHEN 'S' THEN 'sequence'
      WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'c' THEN 'type' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS "kind"
  FROM pg_class WHERE relname = $1 AND relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT CASE typtype WHEN 'd' THEN 'domain' ELSE 'type' END FROM pg_type
  WHERE typname = $1 AND typnamespace = 'public'::regnamespace AND typrelid = 0
    -- Types of arrays make room by themselves.
    AND NOT EXISTS (SELECT FROM pg_type AS element WHERE element.typarray = pg_type.oid)
  LIMIT 1`

/** The kind of what has the name; undefined when it is free. */
export async function holderOfName(executor: Executor, name: string): Promise<string | undefined> {
  const { rows } = await executor.run({ text: holder, values: [name] })
  const kind: unknown = rows[0]?.['kind']
  return typeof kind === 'string' ? kind : undefined
}

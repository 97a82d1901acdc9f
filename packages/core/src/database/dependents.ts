import { wire } from '../kernel/wire-errors.js'
import type { Executor } from './executor.js'

/** What depends on a table, its columns or its type, and is not part of it. */
const dependents = `
  WITH held AS (
    SELECT pg_class.oid, reltype, typarray, attnum FROM pg_class
    LEFT JOIN pg_type ON pg_type.oid = reltype
    LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attname = $2
    WHERE pg_class.oid = to_regclass('public.' || quote_ident($1)))
  SELECT DISTINCT CASE
      WHEN seen.relkind = 'v' THEN 'view ' || seen.oid::regclass
      WHEN seen.relkind = 'm' THEN 'materialised view ' || seen.oid::regclass
      WHEN contype = 'f' THEN 'foreign key ' || quote_ident(conname) || ' of ' || conrelid::regclass
      ELSE object.type || ' ' || object.identity END AS "name",
    CASE WHEN contype = 'f' THEN 'key' WHEN polrelid IS NOT NULL THEN 'policy' ELSE 'other' END AS "kind",
    coalesce(conname, polname)::text AS "rule",
    (SELECT relname::text FROM pg_class WHERE pg_class.oid = coalesce(conrelid, polrelid) AND relnamespace = 'public'::regnamespace) AS "table"
  FROM held
  JOIN pg_depend ON deptype = 'n' AND (
    (refclassid = 'pg_class'::regclass AND refobjid = held.oid AND ($2::text IS NULL OR refobjsubid = attnum))
    OR (refclassid = 'pg_type'::regclass AND refobjid IN (reltype, typarray)))
  LEFT JOIN pg_rewrite ON classid = 'pg_rewrite'::regclass AND pg_rewrite.oid = objid
  LEFT JOIN pg_class AS seen ON seen.oid = ev_class
  LEFT JOIN pg_constraint ON classid = 'pg_constraint'::regclass AND pg_constraint.oid = objid
  LEFT JOIN pg_policy ON classid = 'pg_policy'::regclass AND pg_policy.oid = objid
  CROSS JOIN LATERAL pg_identify_object(classid, objid, objsubid) AS object
  WHERE ($2::text IS NOT NULL OR held.oid NOT IN (coalesce(ev_class, 0), coalesce(conrelid, 0), coalesce(polrelid, 0)))
    AND (contype = 'f' AND $3) IS NOT TRUE AND (polname = ANY ('{postern_open,postern_part}')) IS NOT TRUE
  ORDER BY 1`

export interface Dependent {
  /** `view totals`, as people know it. */
  readonly name: string
  readonly kind: 'key' | 'policy' | 'other'
  /** The name of a foreign key or a policy, and its table. */
  readonly rule: string | null
  readonly table: string | null
}

const isKind = (kind: unknown): kind is Dependent['kind'] => kind === 'key' || kind === 'policy' || kind === 'other'
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

interface Question {
  readonly table: string
  readonly column?: string
  /** Foreign keys follow when the type of what they lead to changes. */
  readonly exceptKeys?: boolean
}

/** What is built on a table, or on one of its columns: views, foreign keys, functions, policies, types. */
export async function dependentsOf(
  executor: Executor,
  { table, column, exceptKeys = false }: Question,
): Promise<Dependent[]> {
  const { rows } = await executor.run({ text: dependents, values: [table, column ?? null, exceptKeys] })
  return rows.map(({ name, kind, rule, table: holder }) => ({
    name: String(name).replaceAll(' public.', ' '),
    kind: isKind(kind) ? kind : 'other',
    rule: textOf(rule),
    table: textOf(holder),
  }))
}

/** @throws 409 that names what is in the way */
export function refuseDependents(what: string, found: readonly Dependent[]): void {
  if (found.length === 0) return
  const names = found.map(({ name }) => name)
  const list = [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' and ')
  const depend = names.length === 1 ? 'depends' : 'depend'
  const cure = names.length === 1 ? 'drop or change it first' : 'drop or change them first'
  throw wire.CONFLICT({ problem: `${what}: ${list} ${depend} on it; ${cure}, then repeat this` })
}

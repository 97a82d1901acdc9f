import { defineMigration, type Migration } from './migrator.js'
import { leadsNowhereState } from './sight.js'

/** Refuses the row that is being written; the error names the wall as its constraint, in a field that no language changes. */
const leadsNowhereFunction = `
  CREATE OR REPLACE FUNCTION postern.leads_nowhere(wall text) RETURNS boolean LANGUAGE plpgsql AS $body$
  BEGIN
    RAISE EXCEPTION USING ERRCODE = '${leadsNowhereState}', CONSTRAINT = wall, MESSAGE = 'a key leads nowhere';
  END $body$`

/** Walls of keys that are there already refuse by the same function from now on. */
const rebuildWalls = `DO $$
DECLARE
  wall record;
BEGIN
  FOR wall IN
    SELECT polname, polrelid::regclass AS held, pg_get_expr(polwithcheck, polrelid) AS rule FROM pg_policy
    WHERE NOT polpermissive AND polname <> 'postern_part' AND polwithcheck IS NOT NULL
      AND EXISTS (SELECT FROM pg_policy AS other WHERE other.polrelid = pg_policy.polrelid AND other.polname = 'postern_open')
      AND pg_get_expr(polwithcheck, polrelid) NOT LIKE '%leads_nowhere%'
  LOOP
    EXECUTE format('ALTER POLICY %I ON %s WITH CHECK ((%s) OR postern.leads_nowhere(%L))', wall.polname, wall.held, wall.rule, wall.polname);
  END LOOP;
END $$`

export const wallFunction: Migration = defineMigration({
  name: '0007-walls-tell-their-names',
  up: async ({ run }) => {
    for (const text of [leadsNowhereFunction, rebuildWalls]) await run({ text, values: [] })
  },
})

/** The end of a wall's check. */
export const orRefuse = (wall: string): string => `OR postern.leads_nowhere('${wall.replaceAll("'", "''")}')`

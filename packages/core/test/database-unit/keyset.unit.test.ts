import { expect, it } from '@jest/globals'
import { compileCollection } from '../../src/database/collection.js'
import { always } from '../../src/database/filter/condition.js'
import { parseFilter } from '../../src/database/filter/parse-filter.js'
import { selectStatement, type Selection } from '../../src/database/query.js'
import { parseSort } from '../../src/database/sort.js'
import { f } from '../../src/schema/f.js'

const indexed = compileCollection({
  name: 'indexed',
  options: { timestamps: false },
  fields: { code: f.string({ index: true }).maybe(), kind: f.string({ unique: true }), done: f.boolean().maybe() },
})
const select = (selection: Partial<Selection>, collection = indexed) =>
  selectStatement(collection, { fields: ['id'], condition: always, ...selection })

it('goes on behind a row, in ranges that an index gives', () => {
  const after = (position: readonly (string | null)[], sort: string): string[] =>
    select({ fields: ['id', 'done'], sort: parseSort(indexed, sort), after: position, limit: 20 }, indexed).text.split(
      / UNION ALL /,
    )
  expect(after(['5'], 'id')).toEqual(['SELECT "id", "done" FROM "indexed" WHERE "id" > $1 ORDER BY "id" LIMIT $2'])
  const rows = 'SELECT "id", "done", "code" FROM "indexed" WHERE'
  expect(after(['a', '5'], '-code')).toEqual([
    `SELECT "id", "done" FROM ((${rows} "code" = $1 AND "id" > $2 ORDER BY "id" LIMIT $3)`,
    `(${rows} "code" < $1 ORDER BY "code" DESC, "id" LIMIT $3)`,
    `(${rows} "code" IS NULL ORDER BY "code", "id" LIMIT $3)) AS "indexed" ORDER BY "code" DESC NULLS LAST, "id" LIMIT $4`,
  ])
  expect(after([null, '5'], '-code')).toEqual([
    'SELECT "id", "done" FROM "indexed" WHERE "code" IS NULL AND "id" > $1 ORDER BY "code", "id" LIMIT $2',
  ])
  expect(after([null, '5'], '-code,-id')).toEqual([
    'SELECT "id", "done" FROM "indexed" WHERE "code" IS NULL AND "id" < $1 ORDER BY "code" DESC, "id" DESC LIMIT $2',
  ])
  const kinds = rows.replace('code', 'kind')
  expect(after(['a', '5'], 'kind')).toEqual([
    `SELECT "id", "done" FROM ((${kinds} "kind" = $1 AND "id" > $2 ORDER BY "id" LIMIT $3)`,
    `(${kinds} "kind" > $1 ORDER BY "kind", "id" LIMIT $3)) AS "indexed" ORDER BY "kind", "id" LIMIT $4`,
  ])
})

it('begins with what is not null where an index is read backwards', () => {
  const rows = 'SELECT "id", "code" FROM "indexed" WHERE'
  expect(select({ fields: ['id', 'code'], sort: parseSort(indexed, '-code'), limit: 20, offset: 40 })).toMatchObject({
    text: `SELECT "id", "code" FROM ((${rows} "code" IS NOT NULL ORDER BY "code" DESC, "id" LIMIT $1) UNION ALL (${rows} "code" IS NULL ORDER BY "code", "id" LIMIT $1)) AS "indexed" ORDER BY "code" DESC NULLS LAST, "id" LIMIT $2 OFFSET $3`,
    values: [60, 20, 40],
  })
})

it('goes on behind a row at once where there is no index', () => {
  const sort = parseSort(indexed, '-done')
  expect(select({ sort, after: ['true', '5'], limit: 20, condition: parseFilter(indexed, { code: 'a' }) }).text).toBe(
    'SELECT "id" FROM "indexed" WHERE "code" = $1 AND ("done" = $2 AND "id" > $3 OR "done" < $2 OR "done" IS NULL) ORDER BY "done" DESC NULLS LAST, "id" LIMIT $4',
  )
})

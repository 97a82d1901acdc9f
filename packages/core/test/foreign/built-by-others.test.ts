import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, type TestApp } from '@postern/testkit'
import { get, outcome, post } from '../calls.js'

let app: TestApp
let root: string

const sql = (text: string) => app.application.connection.run({ text, values: [] })
const problemOf = (answer: { body: { errors?: readonly { message: string }[] } }) => answer.body.errors?.[0]?.message

let made = 0
async function collection(fields: Readonly<Record<string, string | object>> = { n: 'integer' }): Promise<string> {
  const name = `built${++made}`
  await app.collection(name, fields)
  return name
}

beforeAll(async () => {
  app = await createTestApp()
  root = await app.signIn('root')
})
afterAll(() => app?.close())

describe('what others built on a table', () => {
  const table = (name: string) => `"${name}"`
  it.each<[string, (name: string) => string, string]>([
    ['a view', (name) => `CREATE VIEW ${name}_x AS SELECT n FROM ${table(name)}`, 'view built'],
    [
      'a view of a view',
      (name) => `CREATE VIEW ${name}_x AS SELECT n + 1 AS m FROM (SELECT n FROM ${name}) AS a`,
      'view built',
    ],
    [
      'a materialised view',
      (name) => `CREATE MATERIALIZED VIEW ${name}_x AS SELECT n FROM ${name}`,
      'materialised view',
    ],
    [
      'a function',
      (name) => `CREATE FUNCTION ${name}_x() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT max(n) FROM ${name}; END`,
      'function',
    ],
    ['a column of its type', (name) => `CREATE TABLE ${name}_x (record ${name})`, 'table column'],
  ])('is told, and stays: %s', async (_, statement, told) => {
    const name = await collection()
    await sql(statement(name))
    const refusals = [
      await post(app, `collections:destroy/${name}?force=true`, root),
      await post(app, `collections/${name}/fields:update/n`, root, { type: 'bigInt' }),
    ]
    for (const refusal of refusals) {
      expect(outcome(refusal)).toBe('409 CONFLICT')
      expect(problemOf(refusal)).toContain(told)
      expect(problemOf(refusal)).toContain(`${name}_x`)
    }
    expect(outcome(await get(app, `${name}:list`, root))).toBe('200')
  })

  it('keeps a column that a view shows, and lets go of another', async () => {
    const name = await collection({ n: 'integer', m: 'integer' })
    await sql(`CREATE VIEW ${name}_x AS SELECT n FROM ${name}`)
    expect(problemOf(await post(app, `collections/${name}/fields:destroy/n`, root))).toContain(`view ${name}_x`)
    expect(outcome(await post(app, `collections/${name}/fields:destroy/m`, root))).toBe('200')
  })

  it('is a foreign key of theirs: told, and not dropped', async () => {
    const name = await collection()
    await sql(`CREATE TABLE ${name}_x (at bigint REFERENCES ${name})`)
    expect(problemOf(await post(app, `collections:destroy/${name}`, root))).toContain(
      `foreign key ${name}_x_at_fkey of ${name}_x`,
    )
    const record = await post(app, `${name}:create`, root, { n: 1 })
    await sql(`INSERT INTO ${name}_x VALUES (${record.body.data.id})`)
    expect(problemOf(await post(app, `${name}:destroy/${record.body.data.id}`, root))).toContain(`${name}_x`)
  })

  it('is not taken for what our own relations need', async () => {
    const target = await collection()
    const source = await collection({
      one: { type: 'belongsTo', target },
      many: { type: 'belongsToMany', target },
      self: { type: 'belongsTo', target: `built${made + 1}` },
    })
    expect(outcome(await post(app, `collections:destroy/${target}`, root))).toBe('409 CONFLICT')
    expect(outcome(await post(app, `collections:destroy/${target}?force=true`, root))).toBe('200')
    expect(outcome(await get(app, `${source}:list`, root))).toBe('200')
    expect(outcome(await post(app, `collections:destroy/${source}?force=true`, root))).toBe('200')
  })
})

describe('a name that the database has already', () => {
  it.each<[string, (name: string) => string]>([
    ['table', (name) => `CREATE TABLE ${name} (anything text)`],
    ['table', (name) => `CREATE TABLE ${name} ()`],
    ['view', (name) => `CREATE VIEW ${name} AS SELECT 1 AS id`],
    ['materialised view', (name) => `CREATE MATERIALIZED VIEW ${name} AS SELECT 1 AS id`],
    ['sequence', (name) => `CREATE SEQUENCE ${name}`],
    ['type', (name) => `CREATE TYPE ${name} AS ENUM ('a')`],
    ['type', (name) => `CREATE TYPE ${name} AS (a int)`],
    ['domain', (name) => `CREATE DOMAIN ${name} AS text`],
    ['index', (name) => `CREATE INDEX ${name} ON users (id)`],
  ])('is refused to a collection: a %s', async (kind, statement) => {
    const name = `taken${++made}`
    await sql(statement(name))
    const answer = await post(app, 'collections:create', root, { name, fields: [{ name: 'x', type: 'string' }] })
    expect([outcome(answer), answer.body.errors[0].path]).toEqual(['409 CONFLICT', 'name'])
    expect(problemOf(answer)).toContain(`a ${kind} "${name}"`)
  })
})

describe('what SQL took away', () => {
  it('is told where it is missed, and a definition without a table can be dropped and made again', async () => {
    const name = await collection()
    await sql(`DROP TABLE ${name}`)
    for (const answer of [await get(app, `${name}:list`, root), await post(app, `${name}:create`, root, { n: 1 })]) {
      expect(outcome(answer)).toBe('409 CONFLICT')
      expect(problemOf(answer)).toContain(`"${name}" has no table any more`)
    }
    const findings = await app.application.plugins.doctor()
    expect(findings).toContainEqual(expect.objectContaining({ problem: `"${name}" has no table any more` }))
    expect(outcome(await post(app, `collections:destroy/${name}`, root))).toBe('200')
    await app.collection(name, { n: 'integer' })
    expect(outcome(await post(app, `${name}:create`, root, { n: 1 }))).toBe('200')
    expect(await app.application.plugins.doctor()).toEqual([])
  })

  it('is made anew when asked to, foreign keys included', async () => {
    const target = await collection()
    const name = await collection({ n: 'integer', one: { type: 'belongsTo', target, foreignKey: 'oneId' } })
    await sql(`DROP TABLE ${target} CASCADE`)
    await sql(`DROP TABLE ${name}`)
    for (const one of [target, name])
      expect(outcome(await post(app, `collections:update/${one}`, root, {}))).toBe('200')
    expect(outcome(await post(app, `${name}:create`, root, { n: 1, oneId: 9 }))).toBe('400 INVALID_VALUE')
    expect(outcome(await post(app, `${name}:create`, root, { n: 1 }))).toBe('200')
  })

  it('may be a column: told, dropped with its field, or made anew', async () => {
    const name = await collection({ n: 'integer', m: 'integer' })
    await sql(`ALTER TABLE ${name} DROP COLUMN n, DROP COLUMN m`)
    expect(problemOf(await get(app, `${name}:list`, root))).toContain(`no columns "n", "m" any more`)
    expect(outcome(await post(app, `collections/${name}/fields:destroy/n`, root))).toBe('200')
    expect(outcome(await get(app, `${name}:list`, root))).toBe('200')
  })
})

describe('a sequence behind its table', () => {
  it('is put right by whoever meets it', async () => {
    const name = await collection()
    const rows = 'SELECT i, now(), now() FROM generate_series(1, 50) AS i'
    await sql(`INSERT INTO ${name} (id, "createdAt", "updatedAt") ${rows}`)
    const answer = await post(app, `${name}:create`, root, { n: 1 })
    expect([outcome(answer), answer.body.data.id]).toEqual(['200', 51])
    await sql(
      `INSERT INTO ${name} (id, "createdAt", "updatedAt") SELECT i + 51, now(), now() FROM generate_series(1, 50) AS i`,
    )
    const several = await post(app, `${name}:create`, root, [{ n: 1 }, { n: 2 }])
    expect([outcome(several), several.body.data.map(({ id }: { id: number }) => id)]).toEqual(['200', [102, 103]])
  })
})

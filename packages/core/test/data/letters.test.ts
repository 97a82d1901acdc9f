import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { filterIs, samplesApp } from '../query/asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp()
  await post(app, 'samples:create', undefined, [{ title: 'ÉCOLE Straße' }, { title: 'МОСКВА' }, { title: 'plain' }])
})
afterAll(() => app?.close())

it.each([
  ['école', 1],
  ['STRASSE', 0],
  ['STRAßE', 1],
  ['москва', 1],
  ['PLAIN', 1],
])('a text includes "%s" without regard to case: %d', async (part, count) => {
  expect((await get(app, filterIs({ title: { $includes: part } }))).body.meta.count).toBe(count)
  expect((await get(app, filterIs({ title: { $startsWith: part } }))).body.meta.count).toBe(
    part === 'STRAßE' ? 0 : count,
  )
})

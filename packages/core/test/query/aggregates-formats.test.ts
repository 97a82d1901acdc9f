import { afterAll, beforeAll, describe, it } from '@jest/globals'
import { type TestApp } from '@postern/testkit'
import { post } from '../calls.js'
import { expectRefusal } from './asking.js'
import { ordersApp } from './orders-app.js'

let app: TestApp
let root: string

beforeAll(async () => {
  ;({ app, root } = await ordersApp())
})
afterAll(() => app?.close())

describe('400 for', () => {
  const formats = [
    '',
    ' ',
    '-',
    'YY',
    'yyyy',
    'x',
    'YYYY-MM-DD"',
    "YYYY'",
    'YYYY[',
    'YYYY[]',
    'FMYYYY',
    'YYYYth',
    'TMMM',
    '[a"b]YYYY',
    '[a\\b]YYYY',
    'YYYY;',
    'Y'.repeat(1000),
    'YYYY'.repeat(17),
  ]
  it.each(formats)('the format "%s"', async (format) => {
    const query = { dimensions: [{ field: 'at', format }] }
    expectRefusal(await post(app, 'orders:query', root, query), '400 INVALID_VALUE', 'dimensions.0.format')
  })

  it.each([1, {}, [], true, ['YYYY']])('the format %j', async (format) => {
    const query = { dimensions: [{ field: 'at', format }] }
    expectRefusal(await post(app, 'orders:query', root, query), '400 INVALID_VALUE', 'dimensions.0.format')
  })

  it.each(['state', 'items', 'clock', 'paid', 'tags'])('a format of %s', async (field) => {
    const query = { dimensions: [{ field, format: 'YYYY' }] }
    expectRefusal(await post(app, 'orders:query', root, query), '400 INVALID_VALUE', 'dimensions.0.format')
  })

  it.each(['Mars/Olympus', '+25:00', "UTC'; --", 'Europe/Berlin2'])('the zone %s', async (zone) => {
    const query = { dimensions: [{ field: 'at', format: 'YYYY' }] }
    expectRefusal(
      await post(app, 'orders:query', root, query, { 'X-Timezone': zone }),
      '400 INVALID_QUERY',
      'X-Timezone',
    )
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestResponse } from '@postern/testkit'
import { outcome } from '../calls.js'
import { expectRefusal, samplesApp } from '../query/asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp()
})
afterAll(() => app?.close())

/** As other languages write their numbers: JavaScript's own `JSON.stringify` would round them. */
const send = (action: string, raw: string): Promise<TestResponse> =>
  app.request('POST', `/api/samples:${action}`, { raw, headers: { 'Content-Type': 'application/json' } })

describe('a JSON number that JavaScript would round', () => {
  it.each([
    ['big', '9223372036854775807', '9223372036854775807'],
    ['big', '-9223372036854775808', '-9223372036854775808'],
    ['big', '9007199254740993', '9007199254740993'],
    ['big', ' 9007199254740991 ', 9007199254740991],
    ['dec', '12345678901234567890.123', '12345678901234567890.123'],
    ['dec', '0.1234567890123456789012345', '0.1234567890123456789012345'],
    ['dec', '-9007199254740993', '-9007199254740993'],
    ['dec', '1.234567890123456789e-7', '0.0000001234567890123456789'],
    ['d', '0.1000000000000000055511151231257827', 0.1],
    ['d', '12345678901234567890', 12345678901234567890],
    ['f', '3.14159265358979323846', 3.141592653589793],
    ['j', '0.1000000000000000055511151231257827', 0.1],
    ['j', '9007199254740992', 9007199254740992],
    ['j', '123456789012345680000', 123456789012345680000],
    ['j', '[1.00000000000000000000]', [1]],
  ])('%s: %s is stored as %j', async (field, number, stored) => {
    const { body } = await send('create', `{"${field}":${number}}`)
    expect(body.data?.[field]).toEqual(stored)
  })

  it.each([
    ['big', '9223372036854775808'],
    ['big', '12345678901234567890.5'],
    ['n', '12345678901234567890'],
    ['title', '12345678901234567890'],
    ['yes', '12345678901234567890'],
    ['at', '12345678901234567890'],
  ])('%s: %s is refused, never rounded', async (field, number) => {
    expectRefusal(await send('create', `{"${field}":${number}}`), '400 INVALID_VALUE', field)
  })

  it.each([
    ['j', '9007199254740993'],
    ['j', '[1, {"a": 12345678901234567890}]'],
    ['j', '{"a": -0.1234567890123456789012345}'],
    ['list', '[9007199254740993, 17841400000000001, 17841400000000000]'],
  ])('%s: %s is kept to its last digit', async (field, value) => {
    const { body, text } = await send('create', `{"${field}":${value}}`)
    const stored = text.replaceAll(' ', '')
    expect(stored).toContain(value.replaceAll(' ', ''))
    const read = await app.request('GET', `/api/samples:get/${body.data.id}`)
    expect(read.text).toContain(value.replaceAll(' ', ''))
  })

  it('is taken by its value, however its digits are written', async () => {
    const { body } = await send('create', '{"n":1.0e2,"big":90071992547409930e-1,"dec":9007199254740992}')
    expect(body.data).toMatchObject({ n: 100, big: '9007199254740993', dec: '9007199254740992' })
    expectRefusal(await send('create', '{"n":1.00000000000000000001}'), '400 INVALID_VALUE', 'n')
    expectRefusal(await send('create', '{"big":9007199254740992.5}'), '400 INVALID_VALUE', 'big')
  })

  it('is compared as it stands', async () => {
    await send('create', '{"title":"found","big":9007199254740995}')
    const titles = async (filter: string) => {
      const { body } = await send('list', `{"filter":${filter}}`)
      return body.data.map((row: { title: string }) => row.title)
    }
    expect(await titles('{"big":9007199254740995}')).toEqual(['found'])
    expect(await titles('{"big":{"$in":[9007199254740995,1]}}')).toEqual(['found'])
    expect(await titles('{"title":"found","big":9007199254740997}')).toEqual([])
    const { body } = await app.request('GET', '/api/samples:list?filter={"big":9007199254740995}')
    expect(body.data).toMatchObject([{ title: 'found' }])
    expectRefusal(await send('list', '{"filter":{"title":12345678901234567890}}'), '400 INVALID_FILTER', 'filter.title')
    expectRefusal(await send('list', '{"filter":12345678901234567890}'), '400 INVALID_FILTER', 'filter')
    expectRefusal(await send('list', '{"page":12345678901234567890}'), '400 INVALID_PAGE', 'page')
  })
})

describe('what only looks like such a number', () => {
  it.each([
    ['in a text', '{"title":"12345678901234567890"}', '12345678901234567890'],
    ['behind an escaped quote', '{"title":"\\" 12345678901234567890 \\\\"}', '" 12345678901234567890 \\'],
    ['in the name of a member', '{"j":{"12345678901234567890":1},"title":"x"}', 'x'],
  ])('%s is left alone', async (_where, raw, title) => {
    const { body } = await send('create', raw)
    expect(body.data?.title).toBe(title)
  })

  it.each([
    '{12345678901234567890:1}',
    '{12345678901234567890 :1}',
    '{"n":012345678901234567890}',
    '{"n":+12345678901234567890}',
    '{"n":12345678901234567890.}',
    '{"n":.12345678901234567890}',
    '{"n":12345678901234567890e}',
    '{"n":12345678901234567890 12345678901234567890}',
    '{"n":12345678901234567890x}',
    '{"n":-}',
  ])('%s is no JSON', async (raw) => expectRefusal(await send('create', raw), '400 INVALID_JSON'))

  it('is quickly looked over, however many there are', async () => {
    // Were the work to grow with the square of their number, this would take minutes.
    expect(outcome(await send('create', `[${'1234567890123456789,'.repeat(50_000)}1]`))).toBe('400 INVALID_VALUE')
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, fakeClock, type TestApp } from '@postern/testkit'
import { get, post } from '../calls.js'
import { expectRefusal } from './asking.js'

let app: TestApp
const clock = fakeClock()

beforeAll(async () => {
  app = await createTestApp({ clock })
  await app.collection('days', { day: 'dateOnly', local: 'datetimeNoTz', clock: 'time', title: 'string' })
  await app.grant('anonymous', 'days', ['*'])
})
afterAll(() => app?.close())
beforeEach(() => clock.set('2026-05-06T13:30:00Z'))

const inZone = (zone: string | undefined) => (zone === undefined ? undefined : { 'X-Timezone': zone })

describe('fields without a zone are the calendar itself', () => {
  const record = { day: '2026-05-06', local: '2026-05-06 23:30:00' }
  const counts = async (filter: unknown, zone?: string): Promise<boolean> => {
    const answer = await post(app, 'days:list', undefined, { filter }, inZone(zone))
    expect([answer.status, answer.text]).toEqual([200, answer.text])
    return answer.body.meta.count === 1
  }
  beforeAll(async () => {
    await post(app, 'days:create', undefined, [record, {}])
  })

  it.each(['UTC', 'Asia/Tokyo', 'America/Los_Angeles'])('in %s', async (zone) => {
    for (const name of ['day', 'local']) {
      for (const text of ['2026', '2026Q2', '2026-05', '2026-05-06']) {
        expect(await counts({ [name]: { $dateOn: text } }, zone)).toBe(true)
        expect(await counts({ [name]: { $dateNotOn: text } }, zone)).toBe(false)
      }
      expect(await counts({ [name]: { $dateBefore: '2026-05-06' } }, zone)).toBe(false)
      expect(await counts({ [name]: { $dateBefore: '2026-05-07' } }, zone)).toBe(true)
      expect(await counts({ [name]: { $dateAfter: '2026-05-06' } }, zone)).toBe(false)
      expect(await counts({ [name]: { $dateAfter: '2026-05-05' } }, zone)).toBe(true)
    }
    expect(await counts({ local: { $dateOn: '2026-05-06 23:30' } }, zone)).toBe(true)
    expect(await counts({ local: { $dateOn: '2026-05-06 23:31' } }, zone)).toBe(false)
  })

  it('today and an instant are those of the zone', async () => {
    const today = { $dateOn: { type: 'today' } }
    expect(await counts({ day: today, local: today })).toBe(true)
    expect(await counts({ day: '{{$nDate.today}}' })).toBe(true)
    expect(await counts({ day: today }, 'Pacific/Kiritimati')).toBe(false)
    expect(await counts({ day: '{{$nDate.today}}' }, 'Pacific/Kiritimati')).toBe(false)
    expect(await counts({ local: { $gte: '{{$nDate.today}}', $lt: '{{$nDate.tomorrow}}' } })).toBe(true)
    expect(await counts({ day: { $dateOn: '2026-05-05T23:00:00Z' } })).toBe(false)
    expect(await counts({ day: { $dateOn: '2026-05-05T23:00:00Z' } }, 'Europe/Berlin')).toBe(true)
    expect(await counts({ local: { $dateOn: '2026-05-06T21:30:00.700Z' } }, 'Europe/Berlin')).toBe(true)
    expect(await counts({ local: { $dateOn: '2026-05-06T21:30:00.700Z' } })).toBe(false)
  })
})

describe('in a query string', () => {
  it.each([
    'filter={"day":{"$dateOn":"2026-05"}}',
    'filter[day][$dateOn]=2026-05',
    'filter[day][$dateBetween]=2026-04,2026-06',
    'filter[day][$dateBetween][]=2026-04&filter[day][$dateBetween][]=2026-06',
    'filter[day][$dateBetween][0]=2026-04&filter[day][$dateBetween][1]=2026-06',
    'filter[day][$dateOn][type]=thisWeek',
    'filter[day][$dateAfter][type]=past&filter[day][$dateAfter][number]=1&filter[day][$dateAfter][unit]=day',
    'filter[day]={{$nDate.today}}',
  ])('%s', async (query) => {
    const answer = await get(app, `days:list?${query}`)
    expect([answer.status, answer.body.meta?.count]).toEqual([200, 1])
  })
})

describe('400', () => {
  it.each<[unknown, string]>([
    [{ day: { $dateOn: '2024-02-30' } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: '2026Q5' } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: '9999999-01-01' } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: 'infinity' } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: "now'" } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: "2026'; DROP TABLE days; --" } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: 'today' } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: 2026 } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: true } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: null } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: '2026-05-06\0' } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: [] } }, 'filter.day.$dateOn'],
    [{ day: { $dateBetween: ['2026'] } }, 'filter.day.$dateBetween'],
    [{ day: { $dateBetween: ['2026', '2027', '2028'] } }, 'filter.day.$dateBetween'],
    [{ day: { $dateBetween: ['2026', null] } }, 'filter.day.$dateBetween.1'],
    [{ day: { $dateBetween: ['2026', ['2027']] } }, 'filter.day.$dateBetween.1'],
    [{ day: { $dateOn: {} } }, 'filter.day.$dateOn.type'],
    [{ day: { $dateOn: { type: 'someday' } } }, 'filter.day.$dateOn.type'],
    [{ day: { $dateOn: { type: 'past', unit: 'day' } } }, 'filter.day.$dateOn.number'],
    [{ day: { $dateOn: { type: 'past', number: 0, unit: 'day' } } }, 'filter.day.$dateOn.number'],
    [{ day: { $dateOn: { type: 'past', number: 1e9, unit: 'day' } } }, 'filter.day.$dateOn.number'],
    [{ day: { $dateOn: { type: 'past', number: 1, unit: 'century' } } }, 'filter.day.$dateOn.unit'],
    [{ day: { $dateOn: { type: 'today', zone: 'UTC' } } }, 'filter.day.$dateOn.zone'],
    [{ day: { $dateOn: '{{$nDate.someday}}' } }, 'filter.day.$dateOn'],
    [{ day: { $dateOn: '{{$user.id}}' } }, 'filter.day.$dateOn'],
    [{ day: { $eq: '{{$nDate.someday}}' } }, 'filter.day.$eq'],
    [{ id: '{{$nDate.today}}' }, 'filter.id'],
    [{ clock: { $dateOn: '2026' } }, 'filter.clock.$dateOn'],
    [{ title: { $dateOn: '2026' } }, 'filter.title.$dateOn'],
    [{ day: { $dateOn: Array.from({ length: 501 }, () => '2026') } }, 'filter'],
  ])('%j', async (filter, path) => {
    expectRefusal(await post(app, 'days:list', undefined, { filter }), '400 INVALID_FILTER', path)
    expectRefusal(
      await get(app, `days:list?filter=${encodeURIComponent(JSON.stringify(filter)).slice(0, 7000)}`),
      '400 INVALID_FILTER',
    )
  })

  it.each(['Mars/Olympus', '+25:00', '08:00', '+08:00, +09:00', '../../etc/passwd', "'; SELECT 1", 'x'.repeat(5000)])(
    'for the zone %s, where a day is asked for',
    async (zone) => {
      const filter = { day: { $dateOn: { type: 'today' } } }
      const answer = await post(app, 'days:list', undefined, { filter }, inZone(zone))
      expectRefusal(answer, '400 INVALID_QUERY', 'X-Timezone')
      expect((await post(app, 'days:list', undefined, {}, inZone(zone))).status).toBe(200)
    },
  )
})

describe('rules of grants', () => {
  it('may speak of dates; their days are those of UTC, whatever the caller says', async () => {
    await app.collection('shifts', { day: 'dateOnly' })
    await post(app, 'shifts:create', await app.signIn('root'), [{ day: '2026-05-06' }, { day: '2026-05-07' }])
    await app.grant('anonymous', 'shifts', ['list'], { where: { day: { $dateOn: { type: 'today' } } } })
    for (const zone of ['UTC', 'Pacific/Kiritimati']) {
      const { body } = await get(app, 'shifts:list', undefined, inZone(zone))
      expect(body.data.map(({ day }: { day: string }) => day)).toEqual(['2026-05-06'])
    }
  })
})

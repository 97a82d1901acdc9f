import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestApp, fakeClock, type TestApp } from '@postern/testkit'
import { post } from '../calls.js'

let app: TestApp
const clock = fakeClock()
/** A Wednesday. */
const wednesday = '2026-05-06T13:30:00Z'

beforeAll(async () => {
  app = await createTestApp({ clock })
  await app.collection('moments', { at: 'datetime' })
  await app.grant('anonymous', 'moments', ['*'])
})
afterAll(() => app?.close())
beforeEach(() => clock.set(wednesday))

const inZone = (zone?: string) => (zone === undefined ? undefined : { 'X-Timezone': zone })

/** The instants that a filter finds among those given. */
async function found(instants: readonly string[], test: unknown, zone?: string): Promise<readonly string[]> {
  const made = await post(app, 'moments:create', undefined, [...instants.map((at) => ({ at })), { at: null }])
  expect(made.status).toBe(200)
  const answer = await post(app, 'moments:list', undefined, { filter: { at: test }, sort: 'id' }, inZone(zone))
  await post(app, 'moments:destroy?filter={"id":{"$exists":true}}')
  expect([answer.status, answer.text]).toEqual([200, answer.text])
  return answer.body.data.map(({ at }: { at: string | null }) => at)
}

/** The edges of a stretch of time: both are found inside, and nothing beside them. */
async function expectEdges(from: string, to: string, test: unknown, zone?: string): Promise<void> {
  const before = new Date(Date.parse(from) - 1).toISOString()
  const last = new Date(Date.parse(to) - 1).toISOString()
  const [first, after] = [from, to].map((text) => new Date(text).toISOString())
  const instants = [before, first ?? '', last, after ?? '']
  expect([test, zone, await found(instants, test, zone)]).toEqual([test, zone, [first, last]])
}

describe('$dateOn takes dates as people write them', () => {
  it.each([
    ['2026', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['2026Q2', '2026-04-01T00:00:00Z', '2026-07-01T00:00:00Z'],
    ['2026W19', '2026-05-04T00:00:00Z', '2026-05-11T00:00:00Z'],
    ['2026-05', '2026-05-01T00:00:00Z', '2026-06-01T00:00:00Z'],
    ['2024-02', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['2026-05-06', '2026-05-06T00:00:00Z', '2026-05-07T00:00:00Z'],
    ['2026-05-06 10', '2026-05-06T10:00:00Z', '2026-05-06T11:00:00Z'],
    ['2026-05-06T10:30', '2026-05-06T10:30:00Z', '2026-05-06T10:31:00Z'],
    ['2026-05-06 10:30:15', '2026-05-06T10:30:15Z', '2026-05-06T10:30:16Z'],
  ])('%s', async (text, from, to) => {
    await expectEdges(from, to, { $dateOn: text })
    await expectEdges(from, to, { $dateBetween: text })
    await expectEdges(from, to, { $dateOn: [text, text] })
  })

  it.each(['2026-05-06T10:30:15.250Z', '2026-05-06T12:30:15.250+02:00', '2026-05-06 05:00:15.25-0530'])(
    '%s, an instant whatever the zone',
    async (text) => {
      const instants = ['2026-05-06T10:30:15.249Z', '2026-05-06T10:30:15.250Z', '2026-05-06T10:30:15.251Z']
      expect(await found(instants, { $dateOn: text }, 'Asia/Tokyo')).toEqual([instants[1]])
      expect(await found(instants, { $dateNotOn: text })).toEqual([instants[0], instants[2]])
      expect(await found(instants, { $dateBefore: text })).toEqual([instants[0]])
      expect(await found(instants, { $dateNotBefore: text })).toEqual([instants[1], instants[2]])
      expect(await found(instants, { $dateAfter: text })).toEqual([instants[2]])
      expect(await found(instants, { $dateNotAfter: text })).toEqual([instants[0], instants[1]])
      expect(await found(instants, { $dateBetween: [instants[0], text] })).toEqual([instants[0], instants[1]])
    },
  )

  it('lists hold the whole unit of their end', async () => {
    await expectEdges('2026-02-01T00:00:00Z', '2026-05-07T00:00:00Z', { $dateBetween: ['2026-02', '2026-05-06'] })
    await expectEdges('2025-12-31T23:30:00Z', '2027-01-01T00:00:00Z', {
      $dateBetween: ['2025-12-31T23:30:00Z', '2026'],
    })
    expect(await found(['2026-05-06T00:00:00.000Z'], { $dateBetween: ['2026-05-07', '2026-05-05'] })).toEqual([])
  })
})

describe('the other operators', () => {
  const [before, first, last, after] = [
    '2026-04-30T23:59:59.999Z',
    '2026-05-01T00:00:00.000Z',
    '2026-05-31T23:59:59.999Z',
    '2026-06-01T00:00:00.000Z',
  ]
  it.each<[string, readonly string[]]>([
    ['$dateOn', [first, last]],
    ['$dateNotOn', [before, after]],
    ['$dateBefore', [before]],
    ['$dateNotBefore', [first, last, after]],
    ['$dateAfter', [after]],
    ['$dateNotAfter', [before, first, last]],
    ['$dateBetween', [first, last]],
  ])('%s', async (operator, instants) => {
    for (const month of ['2026-05', { type: 'thisMonth' }, '{{$nDate.thisMonth}}', ['2026-05-01', '2026-05-31']]) {
      expect(await found([before, first, last, after], { [operator]: month })).toEqual(instants)
    }
  })
})

describe('what is relative to now', () => {
  it.each<[string | object, string, string]>([
    ['today', '2026-05-06', '2026-05-07'],
    ['yesterday', '2026-05-05', '2026-05-06'],
    ['tomorrow', '2026-05-07', '2026-05-08'],
    ['thisWeek', '2026-05-04', '2026-05-11'],
    ['lastWeek', '2026-04-27', '2026-05-04'],
    ['nextWeek', '2026-05-11', '2026-05-18'],
    ['lastMonth', '2026-04-01', '2026-05-01'],
    ['nextMonth', '2026-06-01', '2026-07-01'],
    ['thisQuarter', '2026-04-01', '2026-07-01'],
    ['lastQuarter', '2026-01-01', '2026-04-01'],
    ['nextQuarter', '2026-07-01', '2026-10-01'],
    ['thisYear', '2026-01-01', '2027-01-01'],
    ['lastYear', '2025-01-01', '2026-01-01'],
    ['nextYear', '2027-01-01', '2028-01-01'],
    [{ type: 'past', number: 3, unit: 'day' }, '2026-05-03', '2026-05-06'],
    [{ type: 'next', number: 3, unit: 'day' }, '2026-05-07', '2026-05-10'],
    [{ type: 'past', number: 1, unit: 'week' }, '2026-04-27', '2026-05-04'],
    [{ type: 'next', number: 2, unit: 'month' }, '2026-06-01', '2026-08-01'],
    [{ type: 'past', number: 2, unit: 'quarter' }, '2025-10-01', '2026-04-01'],
    [{ type: 'past', number: 10, unit: 'year' }, '2016-01-01', '2026-01-01'],
  ])('%j', async (name, from, to) => {
    const operand = typeof name === 'string' ? { type: name } : name
    await expectEdges(`${from}T00:00:00Z`, `${to}T00:00:00Z`, { $dateOn: operand })
    if (typeof name === 'string') {
      await expectEdges(`${from}T00:00:00Z`, `${to}T00:00:00Z`, { $dateOn: `{{$nDate.${name}}}` })
    }
  })

  it('is the day of the zone, not of the server', async () => {
    const today = { $dateOn: { type: 'today' } }
    clock.set('2026-05-06T22:30:00Z')
    await expectEdges('2026-05-06T00:00:00Z', '2026-05-07T00:00:00Z', today)
    await expectEdges('2026-05-06T22:00:00Z', '2026-05-07T22:00:00Z', today, 'Europe/Berlin')
    await expectEdges('2026-05-06T22:00:00Z', '2026-05-07T22:00:00Z', today, '+02:00')
    await expectEdges('2026-05-06T07:00:00Z', '2026-05-07T07:00:00Z', today, 'America/Los_Angeles')
    await expectEdges('2026-05-06T10:00:00Z', '2026-05-07T10:00:00Z', today, 'Pacific/Kiritimati')
    await expectEdges('2026-05-06T18:15:00Z', '2026-05-07T18:15:00Z', today, 'Asia/Kathmandu')
  })

  it('as a value it is where the stretch begins', async () => {
    const instants = ['2026-05-05T22:00:00.000Z', '2026-05-06T00:00:00.000Z', '2026-05-06T13:30:00.000Z']
    expect(await found(instants, { $gte: '{{$nDate.today}}' })).toEqual(instants.slice(1))
    expect(await found(instants, { $gte: '{{$nDate.today}}' }, 'Europe/Berlin')).toEqual(instants)
    expect(await found(instants, '{{ $nDate.now }}')).toEqual(instants.slice(2))
    expect(await found(instants, { $lt: '{{$nDate.thisYear}}' })).toEqual([])
    expect(await found(instants, { $between: ['{{$nDate.today}}', '{{$nDate.now}}'] })).toEqual(instants.slice(1))
  })
})

describe('across daylight saving', () => {
  it('a day of 23 hours, and one of 25', async () => {
    const berlin = 'Europe/Berlin'
    await expectEdges('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', { $dateOn: '2026-03-29' }, berlin)
    await expectEdges('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', { $dateOn: '2026-10-25' }, berlin)
    await expectEdges('2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z', { $dateOn: '2026-03' }, berlin)
    await expectEdges('2025-12-31T23:00:00Z', '2026-12-31T23:00:00Z', { $dateOn: '2026' }, berlin)
  })

  it('days counted back over the change are days, not 24 hours', async () => {
    clock.set('2026-03-30T00:30:00Z')
    const past = { $dateOn: { type: 'past', number: 2, unit: 'day' } }
    await expectEdges('2026-03-27T23:00:00Z', '2026-03-29T22:00:00Z', past, 'Europe/Berlin')
    await expectEdges(
      '2026-03-28T23:00:00Z',
      '2026-03-29T22:00:00Z',
      { $dateOn: { type: 'yesterday' } },
      'Europe/Berlin',
    )
    await expectEdges('2026-03-28T00:00:00Z', '2026-03-30T00:00:00Z', past)
  })

  it('a midnight that comes twice, one that is jumped over, a day that there was not', async () => {
    await expectEdges('2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', { $dateOn: '2026-11-01' }, 'America/Havana')
    await expectEdges('2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z', { $dateOn: '2018-11-04' }, 'America/Sao_Paulo')
    const around = ['2011-12-30T09:59:59.999Z', '2011-12-30T10:00:00.000Z']
    expect(await found(around, { $dateOn: '2011-12-30' }, 'Pacific/Apia')).toEqual([])
    expect(await found(around, { $dateOn: '2011-12-31' }, 'Pacific/Apia')).toEqual([around[1]])
    expect(await found(around, { $dateOn: '2011-12-29' }, 'Pacific/Apia')).toEqual([around[0]])
  })
})

describe('the first and the last year that there are', () => {
  const ends = ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']
  it.each(['UTC', '+14:00', '-12:00', 'America/New_York'])('in %s', async (zone) => {
    expect(await found(ends, { $dateNotBefore: '0001' }, zone)).toContain(ends[1])
    expect(await found(ends, { $dateNotAfter: '9999' }, zone)).toContain(ends[0])
    expect(await found(ends, { $dateBetween: ['0001', '9999'] }, 'UTC')).toEqual(ends)
    expect(await found(ends, { $dateOn: { type: 'past', number: 10_000, unit: 'year' } }, zone)).toEqual([ends[0]])
    expect(await found(ends, { $dateOn: { type: 'next', number: 10_000, unit: 'year' } }, zone)).toEqual([ends[1]])
  })
})

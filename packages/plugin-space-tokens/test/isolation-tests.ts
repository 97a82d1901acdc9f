import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { propertyRequests, type ReceivedJson } from '@postern/testkit'
import fc from 'fast-check'
import { takeOutFirstWall } from './first-wall.js'
import { requestOf, type Drawn, type Request } from './property-requests.js'
import {
  createSpaceWorld,
  look,
  markerOf,
  outsider,
  resetRecords,
  tables,
  type Actor,
  type SpaceWorld,
  type State,
  type Table,
} from './property-world.js'

/** Divided between two files, so that neither takes long: with both walls, and with one or none. */
export function isolationTests(walls: 'both' | 'fewer'): void {
  const seed = Number(process.env['SPACES_SEED'] ?? Date.now() % 2 ** 31)
  /** Requests in one run. */
  const length = 50

  let world: SpaceWorld
  let sent = 0
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })

  beforeAll(async () => {
    world = await createSpaceWorld(seed)
  }, 120_000)
  afterAll(async () => {
    agent.destroy()
    await world?.eye.close()
    await world?.app.close()
  })

  interface Answer {
    readonly status: number
    readonly text: string
    readonly headers: IncomingHttpHeaders
  }

  function send({ headers }: Actor, { method, path, body }: Request): Promise<Answer> {
    sent++
    return new Promise((resolve, reject) => {
      const content = body === undefined ? undefined : JSON.stringify(body)
      const type =
        content === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(content)) }
      const request = httpRequest(
        `${world.app.url}${path}`,
        { method, agent, headers: { ...headers, ...type } },
        (answer) => {
          let text = ''
          answer.setEncoding('utf8').on('data', (part: string) => (text += part))
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }))
        },
      )
      request.on('error', reject).end(content)
    })
  }

  /** The space that a caller is in: what the database says of members, and not what the server makes of it. */
  function insideOf({ kind, space, userId }: Actor, { roles }: State): number | undefined {
    if (kind === 'root') return space
    const own = world.spaces.filter((each) => roles.has(`${each}/${userId}`))
    if (space !== undefined) return own.find((each) => each === space)
    return own.length === 1 ? own[0] : undefined
  }

  /** The ids of records in an answer, with their tables. */
  function* idsIn(value: ReceivedJson, table: Table | undefined): Generator<[Table, number]> {
    if (Array.isArray(value)) for (const item of value) yield* idsIn(item, table)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    if (table && typeof value.id === 'number') yield [table, value.id]
    for (const [name, member] of Object.entries(value)) {
      const next = name === 'project' ? 'projects' : tables.find((each) => each === name)
      if (next) yield* idsIn(member, next)
    }
  }

  function expectNothingForeign(
    answer: Answer,
    request: Request,
    visible: readonly number[],
    states: readonly State[],
  ): void {
    const { text, headers } = answer
    const all = `${text}\n${JSON.stringify(headers)}`
    for (const space of world.spaces) if (!visible.includes(space)) expect(all).not.toContain(markerOf(space))
    const body: ReceivedJson =
      headers['content-type']?.includes('json') === true && text !== '' ? JSON.parse(text) : undefined
    if (answer.status !== 200 || request.manages === true || !body) return
    const [table] = /^\/api\/[a-z]+:/.test(request.path)
      ? tables.filter((each) => request.path.startsWith(`/api/${each}:`))
      : []
    for (const [of, id] of idsIn(body.data, table)) {
      // It may have been made, or destroyed, by this request.
      const place = states.map(({ places }) => places[of].get(id)).find((found) => found !== undefined)
      expect([of, id, place === undefined || visible.includes(place)]).toEqual([of, id, true])
    }
    expectCounts(body, request, visible, states[0])
  }

  function expectCounts(
    body: ReceivedJson,
    { lists, path }: Request,
    [space]: readonly number[],
    state: State | undefined,
  ): void {
    const own = (table: Table): number =>
      [...(state?.places[table].values() ?? [])].filter((place) => place === space).length
    if (lists && typeof body.meta?.count === 'number') {
      if (lists.whole) expect(body.meta.count).toBe(own(lists.table))
      else expect(body.meta.count).toBeLessThanOrEqual(own(lists.table))
    }
    if (typeof body.total === 'number') expect(body.total).toBe(own('tasks'))
    if (path === '/api/tasks:query' && typeof body.data?.[0]?.count === 'number')
      expect(body.data[0].count).toBe(own('tasks'))
  }

  /** What is the same of two answers, whatever record they are about. */
  const compared = ({ status, text, headers }: Answer, id: number) => {
    const { date: _date, 'x-request-id': _id, 'content-length': _length, ...rest } = headers
    return { status, text: text.replaceAll(String(id), '#'), headers: rest }
  }

  /** A record of another space is one that never was. */
  async function expectUnknown(actor: Actor, request: Request, answer: Answer): Promise<void> {
    const { names } = request
    if (!names) return
    const id = 987_654_321
    const path = request.path.replace(new RegExp(`(?<=[/=])${names.id}(?=[/?&:]|$)`), String(id))
    const other = await send(actor, { ...request, path })
    expect(compared(answer, names.id)).toEqual(compared(other, id))
  }

  const mayWrite = (role: string | undefined): boolean => role === 'editor' || role === 'admin' || role === 'owner'

  async function step(drawn: Drawn, before: State): Promise<State> {
    const actor = world.actors[drawn.who % world.actors.length]
    if (!actor) throw new Error('there are actors')
    const inside = insideOf(actor, before)
    const request = requestOf(drawn, actor, inside, world, before)
    const answer = await send(actor, request)
    const after = await look(world)
    const member = world.spaces.filter((space) => before.roles.has(`${space}/${actor.userId}`))
    // About spaces as such a user may ask wherever he is a member.
    const visible =
      request.manages === true && actor.kind !== 'spaceToken'
        ? actor.kind === 'root'
          ? world.spaces
          : member
        : inside === undefined
          ? []
          : [inside]
    const place = `${actor.name}: ${request.method} ${request.path} ${JSON.stringify(request.body)} → ${answer.status} ${answer.text}`
    try {
      expect(answer.status).toBeLessThan(500)
      expectNothingForeign(answer, request, visible, [before, after])
      for (const space of world.spaces) {
        const role = actor.kind === 'root' ? 'owner' : before.roles.get(`${space}/${actor.userId}`)
        // Whoever is a member may leave.
        const leaves = request.path.endsWith(
          `members:destroy?filter=${encodeURIComponent(`{"userId":${actor.userId}}`)}`,
        )
        const isOpen = visible.includes(space) && (mayWrite(role) || leaves) && !actor.readOnly
        if (!isOpen) expect(after.content.get(space)).toBe(before.content.get(space))
        for (const other of [...world.spaces.filter((each) => each !== space).map(markerOf), outsider]) {
          expect(after.content.get(space)).not.toContain(other)
        }
      }
      const { names } = request
      if (names && before.places[names.table].get(names.id) !== inside) {
        await expectUnknown(actor, request, answer)
        return await look(world)
      }
    } catch (error) {
      throw new Error(place, { cause: error })
    }
    return after
  }

  const drawn = fc.record({ who: fc.nat(9999), what: fc.nat(9999), x: fc.nat(99), y: fc.nat(99), z: fc.nat(99) })

  async function hold(requests: number): Promise<void> {
    sent = 0
    const property = fc.asyncProperty(fc.array(drawn, { minLength: length, maxLength: length }), async (steps) => {
      await resetRecords(world)
      let state = await look(world)
      for (const each of steps) state = await step(each, state)
    })
    await fc.assert(property, {
      seed,
      // Many requests are sent a second time, for a record that never was.
      numRuns: Math.ceil((0.8 * requests) / length),
      endOnFailure: true,
    })
    process.stdout.write(`spaces: ${sent} requests, SPACES_SEED=${seed}\n`)
    expect(sent).toBeGreaterThanOrEqual(requests)
  }

  /** Milliseconds. */
  const patience = 600_000

  if (walls === 'both') {
    it(
      `nothing of another space is told or changed, whoever asks for whatever (SPACES_SEED=${seed})`,
      async () => {
        await hold(propertyRequests())
      },
      patience,
    )
  } else {
    it(
      'and this test would see it: without both walls',
      async () => {
        const restore = takeOutFirstWall(world.app)
        const security = (word: string): Promise<unknown> =>
          world.eye.run(
            [...tables, 'tagsTasks'].map((table) => `ALTER TABLE "${table}" ${word} ROW LEVEL SECURITY`).join('; '),
          )
        await security('DISABLE')
        try {
          await expect(hold(1000)).rejects.toThrow('Property failed')
        } finally {
          restore()
          await security('ENABLE')
        }
      },
      patience,
    )

    it(
      `nor with the first wall out (SPACES_SEED=${seed})`,
      async () => {
        const restore = takeOutFirstWall(world.app)
        try {
          await hold(Math.ceil(propertyRequests() / 3))
        } finally {
          restore()
        }
      },
      patience,
    )
  }
}

import { request as httpRequest } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestResponse } from '@postern/testkit'
import { takeOutFirstWall } from './first-wall.js'
import { ask, headersOf, outcome, post, type World } from './space-app.js'
import { createWalledWorld, type Ids, type WalledWorld } from './walls-world.js'

let world: WalledWorld
let app: TestApp
let mine: Ids
let theirs: Ids
let restore: (() => void) | undefined

beforeAll(async () => {
  world = await createWalledWorld()
  app = world.app
  mine = world.mine
  theirs = world.theirs
})
afterEach(() => {
  restore?.()
  restore = undefined
})
afterAll(async () => {
  await world?.eye.close()
  await app?.close()
})

const query = (value: unknown): string => encodeURIComponent(JSON.stringify(value))
const undb = '/openapi/bases/A/tables/tasks/records'

/** Requests that read, as `[method, path, body]`. */
const reading = (): [string, string, unknown?][] => [
  ['GET', '/api/tasks:list'],
  ['GET', '/api/tasks:list?sort=-n&pageSize=1&page=2'],
  ['GET', '/api/tasks:list?paginate=false&sort=-title'],
  ['GET', '/api/tasks:list?pageSize=100&appends=project,tags,createdBy'],
  ['GET', '/api/tasks:list?fields=title,project.name,tags.name&sort=-project.name'],
  ['GET', `/api/tasks:list?filter=${query({ title: { $includes: 'bravo' } })}`],
  ['GET', `/api/tasks:list?filter=${query({ project: { name: { $includes: 'bravo' } } })}`],
  ['GET', `/api/tasks:list?filter=${query({ tags: { name: { $includes: 'a' } } })}`],
  ['GET', `/api/tasks:list?filter=${query({ $or: [{ spaceId: world.b }, { n: { $gt: 0 } }] })}`],
  ['GET', `/api/tasks:get/${theirs.task}`],
  ['GET', `/api/tasks:get?filter=${query({ title: 'bravo 1' })}`],
  ['GET', `/api/projects:get/${theirs.project}?appends=tasks,tasks.tags`],
  ['GET', '/api/projects:list?appends=tasks'],
  ['GET', `/api/projects/${theirs.project}/tasks:list`],
  ['GET', `/api/projects/${mine.project}/tasks:list`],
  ['GET', `/api/tasks/${theirs.task}/project:get`],
  ['GET', `/api/tasks/${theirs.task}/tags:list`],
  ['POST', '/api/tasks:query', { measures: [{ field: 'id', aggregation: 'count', alias: 'count' }] }],
  [
    'POST',
    '/api/tasks:query',
    { dimensions: [{ field: 'title' }], measures: [{ field: 'n', aggregation: 'sum', alias: 'sum' }] },
  ],
  ['GET', undb],
  ['GET', `${undb}/${theirs.task}`],
]

/** Requests that would write into B, or tell of it. */
const writing = (): [string, string, unknown?][] => [
  ['POST', `/api/tasks:update/${theirs.task}`, { n: 99 }],
  ['POST', `/api/tasks:update?filter=${query({ title: { $startsWith: 'bravo' } })}`, { n: 99 }],
  ['POST', `/api/tasks:destroy/${theirs.task}`],
  ['POST', `/api/tasks:destroy?filter=${query({ title: { $startsWith: 'bravo' } })}`],
  ['POST', `/api/tasks:destroy?filterByTk=${theirs.task},${theirs.task - 1}`],
  ['POST', `/api/tasks:move?sourceId=${theirs.task}&targetId=${mine.task}`],
  ['POST', `/api/tasks:move?sourceId=${mine.task}&targetId=${theirs.task}`],
  ['POST', `/api/tasks:create`, { title: 'alfa x', projectId: theirs.project }],
  ['POST', `/api/tasks:create`, { title: 'alfa x', tags: [theirs.tag] }],
  ['POST', `/api/tasks:create`, { title: 'alfa x', project: { id: theirs.project, name: 'taken' } }],
  ['POST', `/api/tasks:update/${mine.task}`, { projectId: theirs.project }],
  ['POST', `/api/tasks/${mine.task}/tags:add`, [theirs.tag]],
  ['POST', `/api/tasks/${mine.task}/tags:toggle`, [theirs.tag]],
  ['POST', `/api/tasks/${theirs.task}/tags:set`, [mine.tag]],
  ['POST', `/api/tasks/${theirs.task}/tags:remove`, [theirs.tag]],
  ['POST', `/api/projects/${theirs.project}/tasks:create`, { title: 'alfa x' }],
  ['POST', `/api/projects/${mine.project}/tasks:add`, [theirs.task]],
  ['POST', `/api/projects/${theirs.project}/tasks:destroy?filter=${query({ n: { $gt: 0 } })}`],
  ['PATCH', `${undb}/${theirs.task}`, { values: { n: 99 } }],
  ['DELETE', `${undb}/${theirs.task}`],
  ['POST', `${undb}/${theirs.task}/duplicate`],
  ['DELETE', undb, { filter: { conjunction: 'and', children: [{ field: 'title', op: 'contains', value: 'bravo' }] } }],
]

const send = ([method, path, body]: [string, string, unknown?]): Promise<TestResponse> =>
  ask(app, world.ta, method, path, body)

describe('with the first wall out', () => {
  it('every way of reading answers as before', async () => {
    const before = new Map<string, string>()
    for (const probe of reading()) {
      const { status, text } = await send(probe)
      before.set(JSON.stringify(probe), `${status} ${text}`)
      expect(text).not.toContain('bravo')
    }
    restore = takeOutFirstWall(app)
    for (const probe of reading()) {
      const { status, text } = await send(probe)
      expect([probe[1], `${status} ${text}`]).toEqual([probe[1], before.get(JSON.stringify(probe))])
    }
  })

  it('nothing of another space is written, and every refusal is as before', async () => {
    const untouched = await world.everythingIn(world.b)
    const before = new Map<string, string>()
    for (const isOut of [false, true]) {
      if (isOut) restore = takeOutFirstWall(app)
      for (const probe of writing()) {
        const { status, text } = await send(probe)
        const name = JSON.stringify(probe)
        if (isOut) expect([name, `${status} ${text}`]).toEqual([name, before.get(name)])
        else before.set(name, `${status} ${text}`)
        expect(text).not.toContain('bravo')
        expect([name, await world.everythingIn(world.b)]).toEqual([name, untouched])
      }
    }
    expect([...before.values()].filter((answer) => !/^(4|200 .*"(data|deletedCount)":(0|\[\]))/.test(answer))).toEqual(
      [],
    )
  })

  it('a record that would be stamped with another space is refused', async () => {
    const untouched = await world.everythingIn(world.b)
    restore = takeOutFirstWall(app, { spaceId: world.b })
    for (const body of [{ title: 'planted' }, [{ title: 'planted' }, { title: 'planted too' }]]) {
      expect(await outcome(post(app, world.ta, 'tasks:create', body))).toBe('403 PART_OUTSIDE')
    }
    const values = { filter: { title: 'planted' }, values: { title: 'planted' } }
    expect(await outcome(post(app, world.ta, 'tasks:firstOrCreate?filterKeys=title', values.values))).toBe(
      '403 PART_OUTSIDE',
    )
    expect(await outcome(post(app, world.ta, 'tasks:updateOrCreate?filterKeys=title', values.values))).toBe(
      '403 PART_OUTSIDE',
    )
    expect(await world.everythingIn(world.b)).toBe(untouched)
  })

  it('these requests would tell and change something, if the second were out as well', async () => {
    restore = takeOutFirstWall(app)
    for (const table of ['tasks', 'projects', 'tags', 'tagsTasks']) {
      await world.eye.run(`ALTER TABLE "${table}" DISABLE ROW LEVEL SECURITY`)
    }
    try {
      const answers = await Promise.all(reading().map(send))
      const telling = answers.filter(({ text }) => /bravo|"count":7|"total":7/.test(text))
      expect(telling.length).toBeGreaterThanOrEqual(12)
      const untouched = await world.everythingIn(world.b)
      await send(['POST', `/api/tasks:update/${theirs.task}`, { n: 99 }])
      expect(await world.everythingIn(world.b)).not.toBe(untouched)
      await world.eye.run(`UPDATE tasks SET n = 5 WHERE id = ${theirs.task}`)
    } finally {
      for (const table of ['tasks', 'projects', 'tags', 'tagsTasks']) {
        await world.eye.run(`ALTER TABLE "${table}" ENABLE ROW LEVEL SECURITY`)
      }
    }
    expect((await send(['GET', `/api/tasks:get/${theirs.task}`])).status).toBe(404)
  })
})

describe('callers who leave', () => {
  /** The answer, or undefined for one that was not waited for. */
  const start = (caller: World['ta'], path: string, patience: number | undefined): Promise<string | undefined> =>
    new Promise((resolve) => {
      const sent = httpRequest(`${app.url}${path}`, { headers: headersOf(caller) }, (answer) => {
        let text = ''
        answer.on('data', (part: Buffer) => (text += part.toString()))
        answer.on('end', () => resolve(text))
        answer.on('error', () => resolve(undefined))
      })
      sent.on('error', () => resolve(undefined))
      sent.end()
      if (patience !== undefined) setTimeout(() => sent.destroy(), patience)
    })

  it('leave nothing for those after them', async () => {
    restore = takeOutFirstWall(app)
    const paths = [
      '/api/tasks:list',
      '/api/tasks:list?sort=-n',
      `/api/tasks:get/${mine.task}`,
      `/api/tasks:get/${theirs.task}`,
    ]
    const answers = Array.from({ length: 400 }, async (_, index) => {
      const isMine = index % 2 === 0
      const path = paths[Math.floor(index / 2) % paths.length] ?? ''
      const text = await start(isMine ? world.ta : world.tb, path, index % 3 === 0 ? index % 7 : undefined)
      return text?.includes(isMine ? 'bravo' : 'alfa') === true ? text : undefined
    })
    expect((await Promise.all(answers)).filter((text) => text !== undefined)).toEqual([])
  })
})

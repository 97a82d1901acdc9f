import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { eventually, post, runCommand, signInRoot, startNode, type NodeProcess } from './node-process.js'

let database: TestDatabase
let nodes: NodeProcess[] = []

const command = (...words: string[]) => runCommand(words, { databaseUrl: database.url })
const statuses = (resource: string, token?: string) => Promise.all(nodes.map((node) => node.status(resource, token)))

beforeAll(async () => {
  database = await createDatabase()
  const options = { databaseUrl: database.url }
  nodes = [await startNode(options), ...(await Promise.all([startNode(options), startNode(options)]))]
}, 60_000)

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await database?.drop()
}, 60_000)

describe('a toggle by a command', () => {
  it('is in force on all three nodes when the command returns, and it names each of them', async () => {
    const off = await command('plugin', 'disable', 'api-keys', '--json')
    expect(off.code).toBe(0)
    expect(await statuses('apiKeys:list')).toEqual([404, 404, 404])
    expect(JSON.parse(off.stdout)).toMatchObject({ plugin: 'api-keys', state: 'disabled', changed: true })
    const on = await command('plugin', 'enable', 'api-keys', '--json')
    expect(on.code).toBe(0)
    const answer = JSON.parse(on.stdout) as { nodes: { state: string; error: null; ms: number }[] }
    expect(answer.nodes.map(({ state }) => state)).toEqual(['enabled', 'enabled', 'enabled'])
    expect(await statuses('apiKeys:list')).toEqual([401, 401, 401])
  }, 60_000)
})

describe('a node that is paused during a toggle', () => {
  it('is reported as unreachable with exit 1, the toggle is in force elsewhere, and it catches up when it goes on', async () => {
    const [first, paused, third] = nodes
    if (!first || !paused || !third) throw new Error('there are three nodes')
    paused.child.kill('SIGSTOP')
    const off = await command('plugin', 'disable', 'api-keys', '--json')
    expect(off.code).toBe(1)
    const answer = JSON.parse(off.stdout) as { nodes: { state: string }[] }
    expect(answer.nodes.map(({ state }) => state).sort()).toEqual(['disabled', 'disabled', 'unreachable'])
    expect(await first.status('apiKeys:list')).toBe(404)
    expect(await third.status('apiKeys:list')).toBe(404)
    paused.child.kill('SIGCONT')
    await eventually(async () => (await paused.status('apiKeys:list')) === 404, 5000)
    expect((await command('plugin', 'enable', 'api-keys')).code).toBe(0)
    expect(await statuses('apiKeys:list')).toEqual([401, 401, 401])
  }, 60_000)
})

describe('a change over HTTP on one node', () => {
  it('is in force on the others when the call returns: collections, grants, roles, sessions', async () => {
    const [first, second, third] = nodes
    if (!first || !second || !third) throw new Error('there are three nodes')
    const root = await signInRoot(first.url)
    await post(first.url, 'collections:create', root, { name: 'things', fields: [{ name: 'title', type: 'string' }] })
    expect(await statuses('things:list', root)).toEqual([200, 200, 200])
    await post(second.url, 'grants:create', root, { role: 'anonymous', resource: 'things', actions: ['list'] })
    expect(await statuses('things:list')).toEqual([200, 200, 200])
    await post(third.url, 'auth:signOut', root, {})
    expect(await statuses('things:list', root)).toEqual([401, 401, 401])
  }, 60_000)

  it('fields that come, change and go, indexes, orders and dropped collections, on whichever node', async () => {
    const [first, second, third] = nodes
    if (!first || !second || !third) throw new Error('there are three nodes')
    const root = await signInRoot(first.url)
    const create = (node: NodeProcess, body: unknown) => post(node.url, 'shifting:create', root, body)
    const everywhere = (body: unknown) => Promise.all(nodes.map(async (node) => (await create(node, body)).status))
    await post(first.url, 'collections:create', root, { name: 'shifting', fields: [{ name: 'a', type: 'string' }] })
    expect(await everywhere({ b: 1 })).toEqual([400, 400, 400])
    await post(second.url, 'collections/shifting/fields:create', root, { name: 'b', type: 'integer' })
    expect(await everywhere({ b: 1 })).toEqual([200, 200, 200])
    await post(third.url, 'collections/shifting/fields:update/b', root, { maximum: 5 })
    expect(await everywhere({ b: 9 })).toEqual([400, 400, 400])
    await post(first.url, 'collections:update/shifting', root, { sortable: true, index: [['a', 'b']] })
    const moves = nodes.map(
      async (node) => (await post(node.url, 'shifting:move?sourceId=1&targetId=2', root, {})).status,
    )
    expect(await Promise.all(moves)).toEqual([200, 200, 200])
    await post(second.url, 'collections/shifting/fields:destroy/b?force=true', root, {})
    expect(await everywhere({ b: 1 })).toEqual([400, 400, 400])
    await post(third.url, 'collections:destroy/shifting?force=true', root, {})
    expect(await statuses('shifting:list', root)).toEqual([404, 404, 404])
  }, 60_000)

  it('one record is made of calls of firstOrCreate on all of them at once', async () => {
    const [first] = nodes
    if (!first) throw new Error('there are three nodes')
    const root = await signInRoot(first.url)
    const fields = [
      { name: 'title', type: 'string' },
      { name: 'place', type: 'sort' },
      { name: 'main', type: 'radio' },
    ]
    await post(first.url, 'collections:create', root, { name: 'shared', fields })
    const all = Array.from({ length: 30 }, (_, i) => nodes[i % 3] ?? first)
    const body = { title: 'one', main: true }
    const made = await Promise.all(
      all.map((node) => post(node.url, 'shared:firstOrCreate?filterKeys=title', root, body)),
    )
    expect(new Set(made.map(({ data }) => (data as { id: number }).id)).size).toBe(1)
    const more = await Promise.all(all.map((node) => post(node.url, 'shared:create', root, { main: true })))
    const places = more.map(({ data }) => (data as { place: number }).place).sort((a, b) => a - b)
    expect(places).toEqual(Array.from({ length: 30 }, (_, i) => i + 2))
    const holders = await post(first.url, 'shared:list', root, { filter: { main: true } })
    expect(holders.data).toHaveLength(1)
  }, 60_000)

  it('toggles plugins everywhere too', async () => {
    const [first] = nodes
    if (!first) throw new Error('there are three nodes')
    const root = await signInRoot(first.url)
    const { data } = await post(first.url, 'plugins:disable?filterByTk=api-keys', root, {})
    expect(data).toMatchObject({ plugin: 'api-keys', state: 'disabled', changed: true })
    expect((data as { nodes: unknown[] }).nodes).toHaveLength(3)
    expect(await statuses('apiKeys:list')).toEqual([404, 404, 404])
    await post(first.url, 'plugins:enable/api-keys', root, {})
    expect(await statuses('apiKeys:list')).toEqual([401, 401, 401])
    expect((await post(first.url, 'plugins:enable/nope', root, {})).status).toBe(404)
  }, 60_000)
})

describe('a node that joins', () => {
  it('starts in the state that the others are in', async () => {
    expect((await command('plugin', 'disable', 'api-keys')).code).toBe(0)
    const joined = await startNode({ databaseUrl: database.url })
    try {
      expect(await joined.status('apiKeys:list')).toBe(404)
      expect((await command('plugin', 'enable', 'api-keys')).code).toBe(0)
      expect(await joined.status('apiKeys:list')).toBe(401)
    } finally {
      expect(await joined.stop()).toBe(0)
    }
  }, 60_000)
})

describe('two commands at once', () => {
  it('are applied one after the other, and both say so', async () => {
    const outcomes = await Promise.all([
      command('plugin', 'disable', 'api-keys', '--json'),
      command('plugin', 'disable', 'api-keys', '--json'),
    ])
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0])
    const changes = outcomes.map(({ stdout }) => (JSON.parse(stdout) as { changed: boolean }).changed)
    expect(changes.sort()).toEqual([false, true])
    expect((await command('plugin', 'enable', 'api-keys')).code).toBe(0)
    const history = JSON.parse((await command('plugin', 'history', '--json')).stdout) as {
      entries: { action: string }[]
    }
    expect(history.entries[0]).toMatchObject({ plugin: 'api-keys', action: 'enable', by: 'command', result: 'done' })
  }, 60_000)
})

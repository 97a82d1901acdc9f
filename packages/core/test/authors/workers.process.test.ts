import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { readFileSync } from 'node:fs'
import { eventually, runCommand, startNode, type NodeProcess } from '../nodes/node-process.js'

let database: TestDatabase
let server: NodeProcess

/** The processes that one process made. */
const childrenOf = (pid: number | undefined): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((text) => text !== '')
    .map(Number)

beforeAll(async () => {
  database = await createDatabase()
  server = await startNode({ databaseUrl: database.url, words: ['--workers', '2'] })
}, 60_000)
afterAll(async () => {
  await server?.stop()
  await database?.drop()
}, 60_000)

const isLinux = process.platform === 'linux'
const toggle = (action: string) => runCommand(['plugin', action, 'api-keys', '--json'], { databaseUrl: database.url })
const nodesIn = (stdout: string): unknown[] => (JSON.parse(stdout) as { nodes: unknown[] }).nodes

describe('start --workers 2', () => {
  it('runs two nodes on one port, and a toggle is in force on both', async () => {
    await eventually(
      async () => nodesIn((await toggle('disable')).stdout).length === 2 || !(await toggle('enable')).stdout,
    )
    for (let request = 0; request < 20; request++) expect(await server.status('apiKeys:list')).toBe(404)
    expect(nodesIn((await toggle('enable')).stdout)).toHaveLength(2)
    for (let request = 0; request < 20; request++) expect(await server.status('apiKeys:list')).toBe(401)
  }, 60_000)

  ;(isLinux ? it : it.skip)(
    'replaces a worker that dies',
    async () => {
      const before = childrenOf(server.child.pid)
      expect(before).toHaveLength(2)
      const [victim = 0] = before
      process.kill(victim, 'SIGKILL')
      await eventually(async () =>
        Promise.resolve(childrenOf(server.child.pid).filter((pid) => !before.includes(pid)).length === 1),
      )
      await eventually(async () => (await server.status('apiKeys:list')) === 401)
    },
    60_000,
  )

  it('ends with 0 when it is asked to stop', async () => {
    expect(await server.stop()).toBe(0)
  }, 60_000)
})

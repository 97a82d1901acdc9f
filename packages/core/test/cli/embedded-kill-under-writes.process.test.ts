import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CliFolder } from './cli-folder.js'
import { RunningServer } from './running-server.js'

const rounds = 20
const writers = 8
const pageSize = 1000

let cli: CliFolder
let server: RunningServer

beforeAll(async () => {
  cli = await CliFolder.make({ INIT_ROOT_PASSWORD: 'a long password', LOG_LEVEL: 'error' })
  server = await RunningServer.start(cli)
}, 60_000)
afterAll(async () => {
  await server?.end()
  await cli?.remove()
})

async function post(
  action: string,
  body: unknown,
  token?: string,
): Promise<{ status: number; id: unknown; token: unknown }> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const answer = await fetch(`${server.url}/api/${action}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const { data }: { data?: { id?: unknown; token?: unknown } } = JSON.parse(await answer.text())
  return { status: answer.status, id: data?.id, token: data?.token }
}

/** Writes until nobody answers any more, and notes what was acknowledged. */
async function write(token: string, acknowledged: Set<unknown>): Promise<void> {
  for (;;) {
    const answer = await post('todos:create', { title: 'kept' }, token).catch(() => undefined)
    if (answer === undefined) return
    expect(answer.status).toBeLessThan(300)
    acknowledged.add(answer.id)
  }
}

async function storedIds(token: string): Promise<Set<unknown>> {
  const ids = new Set<unknown>()
  for (let page = 1; ; page++) {
    const url = `${server.url}/api/todos:list?fields=id&sort=id&pageSize=${pageSize}&page=${page}`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    const { data }: { data: { id: unknown }[] } = JSON.parse(await answer.text())
    for (const { id } of data) ids.add(id)
    if (data.length < pageSize) return ids
  }
}

/** PostgreSQL, too, dies without warning. */
function killPostgres(): void {
  const path = join(cli.path, 'storage', 'postgres', 'data', 'postmaster.pid')
  if (existsSync(path)) process.kill(Number.parseInt(readFileSync(path, 'utf8'), 10), 'SIGKILL')
}

describe('kill -9 of the server while clients write', () => {
  it(`loses no acknowledged write in ${rounds} rounds, and each next start works by itself`, async () => {
    const token = String((await post('auth:signIn', { account: 'root', password: 'a long password' })).token)
    await post('collections:create', { name: 'todos', fields: [{ name: 'title', type: 'string' }] }, token)
    const acknowledged = new Set<unknown>()
    for (let round = 0; round < rounds; round++) {
      const before = acknowledged.size
      const writing = Promise.all(Array.from({ length: writers }, () => write(token, acknowledged)))
      while (acknowledged.size < before + 10) await pause(2)
      await pause(Math.random() * 100)
      server.signal('SIGKILL')
      if (round % 5 === 4) killPostgres()
      await writing
      await server.ended()
      server = await RunningServer.start(cli)
      const stored = await storedIds(token)
      expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([])
    }
    expect(acknowledged.size).toBeGreaterThan(rounds * 10)
  }, 120_000)
})

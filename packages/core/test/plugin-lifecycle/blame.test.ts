import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defineAction, definePlugin, type Logger } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'

const boom = (what: string) => (): never => {
  throw new Error(`${what} boom`)
}

const plugin = definePlugin({
  name: 'clumsy',
  setup: ({ acl, events, hooks, http, resources }) => {
    acl.grant('anonymous', 'clumsy', ['fall', 'told'])
    acl.grant('anonymous', 'things', ['create'])
    hooks.before('things:create', boom('hook'))
    events.after('clumsy:told', boom('listener'))
    http.router().get('/clumsy', boom('route'))
    return resources.define('clumsy', {
      fall: defineAction({ summary: 'Throws', reads: true, run: boom('action') }),
      told: defineAction({ summary: 'Its listener throws', run: () => 'ok' }),
    })
  },
})

/** A log that keeps what it is told, errors as their messages. */
function logEntries(): { log: Logger; entries: () => readonly unknown[] } {
  const kept: unknown[] = []
  const write = (...parts: readonly unknown[]): void => {
    const [fields] = parts
    if (typeof fields !== 'object' || fields === null) return
    const error: unknown = 'err' in fields ? fields.err : undefined
    kept.push({ ...fields, err: error instanceof Error ? error.message : error })
  }
  const log: Logger = { trace: write, debug: write, info: write, warn: write, error: write, child: () => log }
  return { log, entries: () => kept }
}

const { log, entries } = logEntries()
let app: TestApp
beforeAll(async () => {
  app = await createTestApp({ plugins: [plugin], log })
  await app.collection('things', { title: 'string' })
})
afterAll(() => app?.close())

/** The entry of the log that holds the error. */
const entryOf = (message: string) => entries().find((entry) => JSON.stringify(entry).includes(message))

describe('an error in a plugin', () => {
  it.each([
    ['action', 'GET', '/api/clumsy:fall', 500],
    ['hook', 'POST', '/api/things:create', 500],
    ['route', 'GET', '/clumsy', 500],
    ['listener', 'POST', '/api/clumsy:told', 200],
  ])('in its %s is logged with its name and the line that registered it', async (what, method, path, status) => {
    const answer = await app.request(method, path, method === 'POST' ? { body: {} } : {})
    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain('boom')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(entryOf(`${what} boom`)).toMatchObject({
      plugin: 'clumsy',
      registeredAt: expect.stringMatching(/blame\.test\.ts:\d+/),
    })
    expect((await app.request('GET', '/healthz')).status).toBe(200)
  })
})

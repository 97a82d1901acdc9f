import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CliFolder } from './cli-folder.js'

/** Nothing listens there: the port is reserved. */
const away = 'postgres://root@127.0.0.1:1/nothing'
let cli: CliFolder

beforeAll(async () => {
  cli = await CliFolder.make({ DATABASE_URL: away })
})
afterAll(() => cli?.remove())

describe('3 a command', () => {
  it('when the database is away: one line why, one what to do', async () => {
    const { code, json, stderr } = await cli.process('plugin list --json')
    expect(code).toBe(3)
    expect(json).toEqual({
      error: { code: 'DATABASE_AWAY', message: expect.any(String), hint: expect.stringContaining('DATABASE_URL') },
    })
    expect(stderr).toMatch(/^postern: PostgreSQL does not answer: .*\n.*DATABASE_URL.*\n$/)
  })

  it('when a setting is wrong or unknown, with its name', async () => {
    const wrong = await cli.process('user list', { env: { APP_PORT: 'many' } })
    expect({ code: wrong.code, stdout: wrong.stdout }).toEqual({ code: 3, stdout: '' })
    expect(wrong.stderr).toContain('postern: The setting APP_PORT is wrong')
    const unknown = await cli.process('user list', { env: { APP_PROT: '1' } })
    expect(unknown.code).toBe(3)
    expect(unknown.stderr).toContain('APP_PROT')
  })
})

describe('3 start', () => {
  it('when the port is taken, and says what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { code, stderr } = await cli.process('start', { env: { APP_PORT: String(port) } })
    other.close()
    expect(code).toBe(3)
    expect(stderr).toMatch(/^postern: Port \d+ on 127\.0\.0\.1 is taken\n.*APP_PORT.*\n$/)
  })

  it('when production has no key', async () => {
    const { code, stderr } = await cli.process('start', { env: { NODE_ENV: 'production', APP_KEY: 'short' } })
    expect(code).toBe(3)
    expect(stderr).toContain('postern: APP_KEY ')
  })
})

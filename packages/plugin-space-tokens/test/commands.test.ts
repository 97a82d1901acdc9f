import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createApp, silentLogger, type Application } from '@postern/core'
import type { ReceivedJson } from '@postern/testkit'
import spaceTokens from '../src/index.js'
import { createWorld, data, get, outcome, post, type World } from './space-app.js'

let world: World
/** What `postern space …` opens beside a running server. */
let command: Application
beforeAll(async () => {
  world = await createWorld()
  command = await createApp({
    config: world.app.application.config,
    mode: 'command',
    plugins: [spaceTokens],
    log: silentLogger,
    clock: world.app.clock,
  })
})
afterAll(async () => {
  await command?.stop()
  await world?.app.close()
})

async function run(name: string, options: Record<string, unknown> = {}, ...given: string[]): Promise<ReceivedJson> {
  const spec = command.commands.get(name)
  if (!spec) throw new Error(`There is no command "${name}"`)
  return (await spec.run({ arguments: given, options })).json
}

describe('space', () => {
  it('create, list, member add, member remove', async () => {
    const { app, ann, bob } = world
    const { space } = await run('space create', { owner: 'ann@example.com' }, 'Marketing')
    expect(await data(get(app, ann, `spaces:get/${space.id}`))).toMatchObject({ name: 'Marketing' })
    const { spaces } = await run('space list')
    expect(spaces.map(({ name }: { name: string }) => name)).toEqual(['A', 'B', 'Marketing'])
    expect(await outcome(get(app, { ...bob, space: space.id }, 'tasks:list'))).toBe('404 NOT_FOUND')
    await run('space member add', { role: 'viewer' }, 'Marketing', 'bob')
    expect(await outcome(get(app, { ...bob, space: space.id }, 'tasks:list'))).toBe('200')
    await expect(run('space member add', { role: 'king' }, 'Marketing', 'bob')).rejects.toMatchObject({ status: 400 })
    await expect(run('space member add', { role: 'viewer' }, 'Nowhere', 'bob')).rejects.toMatchObject({ status: 404 })
    await expect(run('space member remove', {}, 'Marketing', 'ann')).rejects.toMatchObject({ status: 409 })
    await run('space member remove', {}, String(space.id), 'bob')
    expect(await outcome(get(app, { ...bob, space: space.id }, 'tasks:list'))).toBe('404 NOT_FOUND')
  })
})

describe('token', () => {
  it('create, list, rotate, revoke', async () => {
    const { app, ann, a } = world
    const options = { space: 'A', user: 'ann', name: 'dash', readOnly: true, scope: ['tasks:list,get'], expires: '7d' }
    const { token } = await run('token create', options)
    expect(token).toMatchObject({ spaceId: a, createdById: ann.id, readOnly: true })
    expect(await outcome(get(app, { spaceToken: token.token }, 'tasks:list'))).toBe('200')
    expect(await outcome(post(app, { spaceToken: token.token }, 'tasks:create', { title: 'x' }))).toMatch(/^403/)
    await expect(run('token create', { ...options, user: 'bob' })).rejects.toMatchObject({ status: 409 })
    const { tokens } = await run('token list', { space: String(a) })
    expect(tokens).toHaveLength(2)
    expect(JSON.stringify(tokens)).not.toContain(token.token)
    const rotated = await run('token rotate', {}, String(token.id))
    expect(await outcome(get(app, { spaceToken: token.token }, 'tasks:list'))).toBe('401 INVALID_TOKEN')
    expect(await outcome(get(app, { spaceToken: rotated.token.token }, 'tasks:list'))).toBe('200')
    expect(await run('token revoke', {}, String(rotated.token.id))).toEqual({ revoked: rotated.token.id })
    expect(await outcome(get(app, { spaceToken: rotated.token.token }, 'tasks:list'))).toBe('401 INVALID_TOKEN')
    await expect(run('token revoke', {}, '999')).rejects.toMatchObject({ status: 404 })
  })
})

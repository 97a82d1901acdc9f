import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createToken, defineAction, defineCollection, definePlugin, f } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'

const Greeter = createToken<{ greet(name: string): string }>('greeter')

const provider = definePlugin({
  name: 'provider',
  version: '1.4.0',
  provides: [Greeter],
  setup: ({ provide }) => provide(Greeter, { greet: (name) => `Hello ${name}` }),
})
const user = definePlugin({
  name: 'user',
  requires: { greeter: Greeter },
  setup: ({ acl, resources, services }) => {
    acl.grant('anonymous', 'greetings', ['say'])
    return resources.define('greetings', {
      say: defineAction({ summary: 'Greet', reads: true, run: () => services.greeter.greet('Ann') }),
    })
  },
})
const onTop = definePlugin({ name: 'on-top', plugins: { user: '>=0.0.0', provider: '^1.2.0' }, setup: () => undefined })
const tooNew = definePlugin({ name: 'too-new', plugins: { provider: '^2.0.0' }, setup: () => undefined })
const otherCore = definePlugin({ name: 'other-core', core: '^99.0.0', setup: () => undefined })
const circleA = definePlugin({ name: 'circle-a', plugins: { 'circle-b': '*' }, setup: () => undefined })
const circleB = definePlugin({ name: 'circle-b', plugins: { 'circle-c': '*' }, setup: () => undefined })
const circleC = definePlugin({ name: 'circle-c', plugins: { 'circle-a': '*' }, setup: () => undefined })
const things = defineCollection('clashingThings', { title: f.string() })
const first = definePlugin({ name: 'first', collections: [things], setup: () => undefined })
const second = definePlugin({ name: 'second', collections: [things], setup: () => undefined })
const rehearsed = definePlugin({
  name: 'rehearsed',
  collections: [defineCollection('rehearsedThings', { title: f.string({ unique: true }) })],
  setup: () => undefined,
})
const command = { summary: 'x', example: 'x', run: () => Promise.resolve({ json: null, text: '' }) }
const commandA = definePlugin({ name: 'command-a', setup: ({ cli }) => cli.command('clash now', command) })
const commandB = definePlugin({ name: 'command-b', setup: ({ cli }) => cli.command('clash now', command) })
const all = [
  provider,
  user,
  onTop,
  tooNew,
  otherCore,
  circleA,
  circleB,
  circleC,
  first,
  second,
  commandA,
  commandB,
  rehearsed,
]

let app: TestApp
beforeAll(async () => {
  app = await createTestApp({ availablePlugins: all })
})
afterAll(() => app?.close())

const manager = () => app.application.plugins
const stateOf = async (name: string) => (await manager().list()).find((plugin) => plugin.name === name)?.state
const states = (...names: string[]) => Promise.all(names.map(stateOf))

describe('what a plugin needs', () => {
  it('must be on before it, and is named when it is not', async () => {
    await expect(manager().enable('user', 'test')).rejects.toMatchObject({
      code: 'PLUGIN_UNMET',
      status: 412,
      message: expect.stringContaining('"greeter"'),
    })
    await expect(manager().enable('on-top', 'test')).rejects.toMatchObject({
      code: 'PLUGIN_UNMET',
      message: expect.stringMatching(/"user".*"provider" \^1\.2\.0/),
    })
  })

  it('is switched on with it, in order, when that is asked for', async () => {
    const results = await manager().enableWithRequirements('on-top', 'test')
    expect(results.map(({ plugin }) => plugin)).toEqual(['provider', 'user', 'on-top'])
    expect((await app.request('GET', '/api/greetings:say')).body).toEqual({ data: 'Hello Ann' })
  })

  it('must have a version in the range, and core too', async () => {
    await expect(manager().enable('too-new', 'test')).rejects.toMatchObject({
      code: 'PLUGIN_UNMET',
      message: expect.stringContaining('there is 1.4.0'),
    })
    await expect(manager().enable('other-core', 'test')).rejects.toMatchObject({
      code: 'PLUGIN_CORE_RANGE',
      message: expect.stringContaining('^99.0.0'),
    })
  })

  it('cannot be switched off under it, and what needs it is named', async () => {
    await expect(manager().disable('provider', 'test')).rejects.toMatchObject({
      code: 'PLUGIN_NEEDED',
      status: 409,
      message: expect.stringMatching(/"provider" is needed by (user, on-top|on-top, user)/),
    })
    expect(await states('provider', 'user', 'on-top')).toEqual(['enabled', 'enabled', 'enabled'])
  })

  it('is switched off with it, in order, when that is asked for', async () => {
    const results = await manager().disableCascade('provider', 'test')
    expect(results.map(({ plugin }) => plugin)).toEqual(['on-top', 'user', 'provider'])
    expect(await states('provider', 'user', 'on-top')).toEqual(['disabled', 'disabled', 'disabled'])
  })
})

describe('plugins that need each other in a circle', () => {
  it('are refused with the circle as a path', async () => {
    const path =
      /circle-a → circle-b → circle-c → circle-a|circle-b → circle-c → circle-a → circle-b|circle-c → circle-a → circle-b → circle-c/
    await expect(manager().enable('circle-a', 'test')).rejects.toMatchObject({
      code: 'GRAPH_CYCLE',
      status: 412,
      message: expect.stringMatching(path),
    })
    await expect(manager().enableWithRequirements('circle-b', 'test')).rejects.toMatchObject({ code: 'GRAPH_CYCLE' })
  })
})

describe('two plugins that bring the same', () => {
  it.each([
    ['first', 'second'],
    ['command-a', 'command-b'],
  ])('%s and %s: the second is refused, and both are named', async (one, other) => {
    await manager().enable(one, 'test')
    await expect(manager().enable(other, 'test')).rejects.toMatchObject({
      code: 'REGISTRY_DUPLICATE',
      status: 409,
      message: expect.stringMatching(new RegExp(`"${other}".*"${one}"`)),
    })
    expect(await stateOf(one)).toBe('enabled')
    await manager().disable(one, 'test')
    await manager().enable(other, 'test')
    await manager().disable(other, 'test')
  })
})

describe('the doctor', () => {
  it('finds what can never work, and says what to do', async () => {
    const findings = await manager().doctor()
    const problems = findings.map(({ plugin, problem }) => `${plugin}: ${problem}`)
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^too-new: it needs the plugin "provider" \^2\.0\.0/),
        expect.stringMatching(/^other-core: it needs @postern\/core \^99/),
        expect.stringMatching(/circle-a → circle-b/),
        expect.stringMatching(/^(first|second): its collection "clashingThings"/),
      ]),
    )
    expect(findings.every(({ advice }) => advice.length > 0)).toBe(true)
  })
})

describe('a rehearsal', () => {
  it('lists the steps and the DDL, and changes nothing', async () => {
    const plan = await manager().rehearse('rehearsed')
    expect(plan.ddl.join('\n')).toMatch(/CREATE TABLE.*rehearsedThings[^]*CREATE UNIQUE INDEX/)
    expect(plan.steps).toEqual(expect.arrayContaining(['run setup']))
    const again = await manager().rehearse('rehearsed')
    expect(again.ddl).toEqual(plan.ddl)
  })
})

import { describe, expect, it } from '@jest/globals'
import { createToken } from '../../src/kernel/token.js'
import { PluginCatalogue } from '../../src/plugins/plugin-catalogue.js'
import { disableOrder, enableOrder } from '../../src/plugins/plugin-plan.js'
import { definePlugin, isPlugin, shapeProblem, type Plugin } from '../../src/plugins/plugin.js'
import { dependentsOf, neededPlugins, rangeProblems, requirementsOf } from '../../src/plugins/requirements.js'
import { setupError } from '../../src/plugins/running-plugin.js'
import { pluginErrors } from '../../src/plugins/plugin-errors.js'

type Needs = Pick<Plugin, 'plugins' | 'requires' | 'provides'>
const plugin = (name: string, needs: Partial<Needs> = {}, version = '1.0.0'): Plugin =>
  definePlugin({ name, version, ...needs, setup: () => undefined })

const Keys = createToken<string>('keys')
const store = plugin('store')
const keys = plugin('keys', { provides: [Keys], plugins: { store: '^1.0.0' } })
const spaces = plugin('spaces', { requires: { keys: Keys } })
const docs = plugin('docs', { plugins: { spaces: '*', store: '*' } })
const all = [docs, spaces, keys, store]

const catalogueOf = (plugins: readonly Plugin[], broken: readonly string[] = []): PluginCatalogue =>
  new PluginCatalogue(() =>
    Promise.resolve([
      ...plugins.map((found) => ({
        name: found.name,
        version: found.version,
        package: found.name,
        load: () => Promise.resolve(found),
      })),
      ...broken.map((name) => ({
        name,
        version: null,
        package: name,
        load: () => Promise.reject(new Error('a syntax error')),
      })),
    ]),
  )

describe('what a plugin needs', () => {
  it('are plugins by name and services by token, in the list of plugins', () => {
    expect(requirementsOf(plugin('x', { plugins: { store: '*' }, requires: { k: Keys } }))).toEqual(['store', 'keys'])
  })

  it('are the plugins that it names, and those that provide its services', () => {
    expect(neededPlugins(docs, all)).toEqual(['spaces', 'store'])
    expect(neededPlugins(spaces, all)).toEqual(['keys'])
    expect(neededPlugins(store, all)).toEqual([])
  })

  it('is known from the other side too', () => {
    expect(dependentsOf('store', all)).toEqual(['docs', 'keys'])
    expect(dependentsOf('keys', all)).toEqual(['spaces'])
    expect(dependentsOf('docs', all)).toEqual([])
  })
})

describe('what is missing', () => {
  it('nothing, when everything is there in a version that fits', () => {
    expect(rangeProblems(docs, '1.0.0', all)).toEqual([])
  })

  it('is told in words, all of it', () => {
    const needy = definePlugin({
      name: 'needy',
      core: '^2.0.0',
      plugins: { store: '^2.0.0', absent: '^1.0.0' },
      requires: { keys: createToken('nowhere') },
      setup: () => undefined,
    })
    expect(rangeProblems(needy, '1.4.0', all)).toEqual([
      '@postern/core ^2.0.0; this is 1.4.0',
      'the plugin "store" ^2.0.0; there is 1.0.0',
      'the plugin "absent" ^1.0.0',
      'the service "nowhere", which no enabled plugin provides',
    ])
  })

  it('includes a version that is only a preview of the one needed', () => {
    expect(rangeProblems(docs, '1.0.0', [plugin('store', {}, '1.0.0-beta.1'), spaces])).toHaveLength(1)
  })
})

describe('the order of enabling', () => {
  it('is everything needed, what needs nothing first, the plugin itself last', async () => {
    expect(await enableOrder('docs', catalogueOf(all))).toEqual(['store', 'keys', 'spaces', 'docs'])
    expect(await enableOrder('store', catalogueOf(all))).toEqual(['store'])
  })

  it('does without plugins that cannot be loaded and are not needed', async () => {
    expect(await enableOrder('keys', catalogueOf(all, ['broken']))).toEqual(['store', 'keys'])
  })

  it('412 when something needed cannot be found', async () => {
    await expect(enableOrder('docs', catalogueOf([docs, spaces, keys]))).rejects.toMatchObject({
      status: 412,
      code: 'PLUGIN_UNMET',
      message: expect.stringContaining('the plugin "store", which cannot be found'),
    })
  })

  it('404 for a plugin that there is not', async () => {
    await expect(enableOrder('nothing', catalogueOf(all))).rejects.toMatchObject({
      status: 404,
      code: 'PLUGIN_UNKNOWN',
    })
  })

  it('tells a circle as a path, also one through a service', async () => {
    const [A, B] = [createToken('a'), createToken('b')]
    const circle = [
      plugin('a', { requires: { b: B }, provides: [A] }),
      plugin('b', { plugins: { c: '*' }, provides: [B] }),
      plugin('c', { requires: { a: A } }),
    ]
    await expect(enableOrder('b', catalogueOf(circle))).rejects.toMatchObject({
      code: 'GRAPH_CYCLE',
      message: expect.stringContaining('b → c → a → b'),
    })
  })
})

describe('the order of disabling', () => {
  it('is those that nothing needs first, the plugin itself last', () => {
    expect(disableOrder('store', all)).toEqual(['docs', 'spaces', 'keys', 'store'])
    expect(disableOrder('docs', all)).toEqual(['docs'])
  })

  it('is each plugin once, where two ways lead to it', () => {
    const order = disableOrder('store', all)
    expect(new Set(order).size).toBe(order.length)
  })
})

describe('the shape of a plugin', () => {
  it('is what definePlugin makes', () => {
    expect(isPlugin(store)).toBe(true)
    expect(definePlugin({ name: 'a', setup: () => undefined })).toMatchObject({
      version: '0.0.0',
      plugins: {},
      requires: {},
      provides: [],
      options: {},
      collections: [],
      migrations: [],
    })
  })

  it.each<[unknown, string]>([
    [undefined, 'its default export is missing or is no plugin (definePlugin makes one)'],
    [null, 'its default export is missing or is no plugin (definePlugin makes one)'],
    ['text', 'its default export is missing or is no plugin (definePlugin makes one)'],
    [{}, 'its name must be kebab-case'],
    [{ name: 'Notes' }, 'its name must be kebab-case'],
    [{ name: 'notes-' }, 'its name must be kebab-case'],
    [{ name: '../notes' }, 'its name must be kebab-case'],
    [{ name: 'notes' }, 'it has no setup function'],
    [{ name: 'notes', setup: true }, 'it has no setup function'],
    [{ name: 'notes', setup: () => undefined }, 'it was not made with definePlugin'],
  ])('is not %j: %s', (value, problem) => expect(shapeProblem(value)).toBe(problem))
})

describe('what is told of a plugin that does not come up', () => {
  it('is its own deliberate error where it has one', () => {
    const own = pluginErrors.NOT_PROVIDED({ name: 'a', token: 't' })
    expect(setupError('a', own)).toBe(own)
  })

  it('is the reason, with the cause for the log', () => {
    const cause = new Error('boom')
    expect(setupError('a', cause)).toMatchObject({
      code: 'PLUGIN_SETUP_FAILED',
      message: 'Plugin "a" could not be enabled: boom',
      cause,
    })
    expect(setupError('a', 'text')).toMatchObject({ message: 'Plugin "a" could not be enabled: text' })
  })
})

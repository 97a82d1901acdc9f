import { afterAll, beforeEach, expect, it } from '@jest/globals'
import { createTestApp, fakeClock, type TestApp } from '@postern/testkit'
import plugin from '../src/index.js'

const day = 86_400_000
const clock = fakeClock()
let app: TestApp | undefined

beforeEach(async () => {
  await app?.close()
  app = await createTestApp({ availablePlugins: [plugin], clock })
})
afterAll(() => app?.close())

const names = async () =>
  (await app?.request('GET', '/api/greetings:list', { token: await app.signIn('root') }))?.body.data.map(
    ({ name }: { name: string }) => name,
  )

it('goes at three in the morning, when it is old enough', async () => {
  await app?.application.plugins.enable('hello', 'test')
  await app?.as('root').call('greetings', 'create', { name: 'Old', words: 'Hi' })
  await app?.application.plugins.disable('hello', 'test')
  // A year later, five seconds before three: jobs wait for their time from the moment that the plugin is switched on.
  clock.advance(366 * day)
  clock.advance(day - ((clock.now() - 3 * 3_600_000) % day) - 5000)
  await app?.application.plugins.enable('hello', 'test')
  await app?.as('root').call('greetings', 'create', { name: 'New', words: 'Hi' })
  expect(await names()).toEqual(['Old', 'New'])
  while ((await names()).length === 2) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await names()).toEqual(['New'])
})

it('goes when the command says so', async () => {
  await app?.application.plugins.enable('hello', 'test')
  await app?.as('root').call('greetings', 'create', { name: 'Old', words: 'Hi' })
  clock.advance(2.5 * day)
  const sweep = app?.application.commands.get('hello sweep')
  expect(await sweep?.run({ arguments: [], options: { days: '3' } })).toMatchObject({ json: { deleted: 0 } })
  expect(await sweep?.run({ arguments: [], options: { days: '2' } })).toMatchObject({ json: { deleted: 1 } })
  expect(await names()).toEqual([])
})

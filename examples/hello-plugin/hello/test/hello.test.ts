import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createTestApp, expectCleanDisable, type TestApp } from '@postern/testkit'
import plugin from '../src/index.js'

let app: TestApp

beforeAll(async () => {
  app = await createTestApp({ plugins: [plugin] })
})
afterAll(() => app?.close())

describe('hello:greet', () => {
  it('greets whoever asks', async () => {
    const { status, body } = await app.request('GET', '/api/hello:greet?name=Ann')
    expect(status).toBe(200)
    expect(body).toEqual({ data: { message: 'Hello, Ann!' } })
  })

  it('400 for a name that is too long', async () => {
    const { status, body } = await app.request('GET', `/api/hello:greet?name=${'x'.repeat(81)}`)
    expect(status).toBe(400)
    expect(body.errors).toMatchObject([{ code: 'INVALID_VALUE', path: 'name' }])
  })
})

describe('a greeting of one’s own', () => {
  it('is written by a member, without blanks around the name, and is in force at once', async () => {
    const { token } = await app.user('ann')
    await app.request('GET', '/api/hello:greet?name=Bob')
    const body = { name: ' Bob ', words: 'Good day' }
    const written = await app.request('POST', '/api/greetings:create', { token, body })
    expect(written.body.data).toMatchObject({ name: 'Bob', words: 'Good day' })
    const { body: answer } = await app.request('GET', '/api/hello:greet?name=Bob')
    expect(answer.data).toEqual({ message: 'Good day, Bob!' })
  })

  it('409 when the name has one, however it is written', async () => {
    await app.as('root').call('greetings', 'create', { name: 'Cleo', words: 'Ave' })
    const again = app.as('root').call('greetings', 'create', { name: 'CLEO', words: 'Ave' })
    await expect(again).rejects.toMatchObject({ status: 409, code: 'CONFLICT' })
  })

  it('is changed by whoever wrote it, in its words only', async () => {
    const [dan, eve] = [await app.user('dan'), await app.user('eve')]
    const body = { name: 'Dan', words: 'Hi' }
    const { id } = (await app.request('POST', '/api/greetings:create', { token: dan.token, body })).body.data
    const update = async (token: string, values: object) =>
      (await app.request('POST', `/api/greetings:update/${id}`, { token, body: values })).status
    expect(await update(dan.token, { words: 'Hey' })).toBe(200)
    expect(await update(dan.token, { name: 'Daniel' })).toBe(403)
    expect(await update(eve.token, { words: 'Boo' })).toBe(404)
  })

  it('can be made louder, once', async () => {
    const { id } = await app.as('root').call('greetings', 'create', { name: 'Fay', words: 'Howdy' })
    expect(await app.as('root').call('greetings', 'shout', {}, { key: id })).toEqual({ words: 'HOWDY' })
    const again = app.as('root').call('greetings', 'shout', {}, { key: id })
    await expect(again).rejects.toMatchObject({
      status: 409,
      code: 'HELLO_LOUD',
      message: 'Fay is greeted loudly already',
    })
  })
})

it('shows its page, counts on its route, and puts its header on every answer', async () => {
  const page = await app.request('GET', '/hello/')
  expect(page.text).toContain('<h1>Hello</h1>')
  expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'x-greeting': 'Hello' })
  expect((await app.request('GET', '/hello/rings')).body).toEqual({ rings: 0 })
})

it('leaves nothing behind when it is switched off', async () => {
  await expectCleanDisable(plugin, {
    options: { secret: 'a secret for the door' },
    use: (used) => used.as('anonymous').call('hello', 'greet', { name: 'Ann' }),
  })
})

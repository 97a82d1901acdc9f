// The page at /docs in a real browser.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import spaceTokens from '@postern/plugin-space-tokens'
import type { TestApp } from '@postern/testkit'
import type { Page } from 'playwright-core'
import { hostile, isInstalled, openBrowser, seriousFindings, takePicture, type OpenedBrowser } from './browser.js'
import { createDocApp } from './doc-app.js'

let app: TestApp
let key: string
let spaceToken: string
let browser: OpenedBrowser
let page: Page
let asked: string[] = []
let faults: string[] = []

beforeAll(async () => {
  if (!isInstalled) return
  app = await createDocApp({ plugins: [spaceTokens] })
  for (const title of ['eat food', 'sleep', hostile])
    await app.as('root').call('todos', 'create', { title: title.slice(0, 80) })
  await app.application.call('collections', 'create', {
    body: {
      name: 'hostile',
      title: hostile,
      description: hostile,
      fields: [{ name: 'a', type: 'text', title: hostile, description: hostile }],
    },
  })
  await app.grant('editor', 'hostile', ['*'])
  const { token } = await app.user('ann', { roles: ['editor'] })
  const made = await app.request('POST', '/api/apiKeys:create', { token, body: { name: 'docs', role: 'editor' } })
  key = made.body.data.token
  const title = { name: 'title', type: 'string', required: true }
  await app.application.call('collections', 'create', { body: { name: 'tasks', spaced: true, fields: [title] } })
  const space = await app.request('POST', '/api/spaces:create', { token, body: { name: 'A' } })
  const path = `/api/spaces/${space.body.data.id}/tokens:create`
  spaceToken = (await app.request('POST', path, { token, body: { name: 'docs' } })).body.data.token
  await app.request('POST', '/api/tasks:create', { token, body: { title: 'a task of A' } })
  browser = await openBrowser()
}, 60_000)

afterEach(() => page?.close())
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

async function open(): Promise<void> {
  asked = []
  faults = []
  page = await browser.context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('request', (request) => asked.push(request.url()))
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => void (/Content Security Policy/.test(message.text()) && faults.push(message.text())))
  await page.goto(`${app.url}/docs?url=https://evil.example/spec.json`)
}

async function authorise(credential: string): Promise<void> {
  await page.getByLabel('API key, session or space token').fill(credential)
  await page.getByRole('button', { name: 'Use it' }).click()
}
const status = () => page.locator('#status')
const answer = () => page.getByLabel('Answer', { exact: true })

async function choose(words: string, name: string): Promise<void> {
  await page.getByLabel('Search').fill(words)
  await page.getByRole('link', { name }).click()
  await page.getByRole('heading', { level: 2, name: name.replace(' ', ' /') }).waitFor()
}

const describeWhereInstalled = isInstalled ? describe : describe.skip

describeWhereInstalled('the page in Chromium', () => {
  it('asks for a key, finds todos:list, sends it and shows the rows; nothing leaves the origin', async () => {
    await open()
    await page.getByRole('heading', { name: 'Which key?' }).waitFor()
    await authorise(key)
    await choose('todos list', 'GET todos:list')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText(/^200 after/).waitFor()
    expect(await answer().textContent()).toContain('"title": "eat food"')
    await takePicture(page, 'docs-list')
    expect(asked.every((url) => url.startsWith(`${app.url}/`))).toBe(true)
    expect(faults).toEqual([])
    // Nowhere but in the memory of the page.
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')).toBe(
      '[{},{},""]',
    )
    expect(await page.content()).not.toContain(key)
    // Gone with a reload, and asked for again.
    await page.reload()
    await page.getByRole('heading', { name: 'Which key?' }).waitFor()
    expect(asked.every((url) => url.startsWith(`${app.url}/`))).toBe(true)
  }, 60_000)

  it('takes a space token the same way, and shows what it may do', async () => {
    await open()
    await authorise(spaceToken)
    await choose('tasks list', 'GET tasks:list')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText(/^200 after/).waitFor()
    expect(await answer().textContent()).toContain('"title": "a task of A"')
    await page.getByLabel('Search').fill('todos')
    await page.getByText('0 operations').waitFor()
    await page.evaluate(`navigator.clipboard.writeText = async (text) => { window.copied = text }`)
    await page.getByRole('button', { name: 'Copy as curl' }).click()
    expect(await page.evaluate('window.copied')).toBe(
      `curl '${app.url}/api/tasks:list' \\\n  -H "x-undb-api-token: $KEY"`,
    )
  }, 60_000)

  it('creates a record, and says of an error what to do', async () => {
    await open()
    await authorise(key)
    await choose('todos create', 'POST todos:create')
    await page.getByLabel('Body (JSON)').fill('{"title":"made here"}')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText(/^200 after/).waitFor()
    expect(await answer().textContent()).toContain('"title": "made here"')
    await page.getByLabel('Body (JSON)').fill('{"titel":"made here"}')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText(/^UNKNOWN_FIELD: .*\(titel\)/).waitFor()
    await page.getByText('Leave it out, or correct its name').waitFor()
    await takePicture(page, 'docs-error')
  }, 60_000)

  it('shows only the part that was chosen, and downloads it', async () => {
    await open()
    await authorise(key)
    await page.getByRole('option', { name: 'collections/todos' }).waitFor({ state: 'attached' })
    await page.getByLabel('Part').selectOption('collections/todos')
    await page.getByRole('heading', { name: 'Postern: todos' }).waitFor()
    expect(await page.locator('nav a').allTextContents()).not.toContain('GETauth:check')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the document' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('openapi-collections-todos.json')
    await takePicture(page, 'docs-start')
  }, 60_000)

  it('says that a key is wrong, and goes on with a right one', async () => {
    await open()
    await authorise('not-a-key')
    await expect(status().filter({ hasText: 'The key is wrong' }).waitFor()).resolves.toBeUndefined()
    await authorise(key)
    await page.getByRole('heading', { name: 'Postern' }).waitFor()
  }, 60_000)

  it('shows hostile titles as text; nothing of them runs', async () => {
    await open()
    await authorise(key)
    await choose('hostile create', 'POST hostile:create')
    await page.getByText('onerror="window.owned=1"').first().waitFor()
    await choose('todos list', 'GET todos:list')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText(/^200 after/).waitFor()
    expect(await page.evaluate('window.owned')).toBeUndefined()
    expect(await page.locator('img, svg, main a, iframe').count()).toBe(0)
    expect(faults).toEqual([])
  }, 60_000)

  it.each(['light', 'dark'] as const)(
    'has no serious finding of axe in the %s',
    async (colorScheme) => {
      await open()
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page)).toEqual([])
      await authorise(key)
      await choose('todos list', 'GET todos:list')
      await page.getByText('more parameters').click()
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByText(/^200 after/).waitFor()
      expect(await seriousFindings(page)).toEqual([])
      if (colorScheme === 'dark') await takePicture(page, 'docs-dark')
      // With an error, and as narrow as a telephone, where nothing sticks out to the side.
      await page.setViewportSize({ width: 390, height: 844 })
      await choose('todos create', 'POST todos:create')
      await page.getByLabel('Body (JSON)').fill('{"titel":1}')
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByText(/^400 after/).waitFor()
      expect(await seriousFindings(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    },
    60_000,
  )

  it('can be used with the keyboard alone', async () => {
    await open()
    await page.getByLabel('API key, session or space token').focus()
    await page.keyboard.type(key)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Postern' }).waitFor()
    await page.getByRole('button', { name: 'Dark' }).focus()
    await page.keyboard.press('/')
    await page.keyboard.type('todos:list')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'GET /todos:list' }).waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('operation')
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press('Tab')
      if ((await page.evaluate('document.activeElement.textContent')) === 'Send') break
    }
    await page.keyboard.press('Enter')
    await page.getByText(/^200 after/).waitFor()
  }, 60_000)

  it('says how to take the document to Postman', async () => {
    await open()
    await authorise(key)
    await page.getByText('Import to Postman').click()
    await page.getByText('In Postman choose Import').waitFor()
  }, 60_000)

  it('needs nothing from elsewhere: with every other address cut off it works the same', async () => {
    await open()
    await page.route('**', (route) =>
      route.request().url().startsWith(`${app.url}/`) ? route.continue() : route.abort('internetdisconnected'),
    )
    await page.reload()
    await authorise(key)
    await choose('todos list', 'GET todos:list')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText(/^200 after/).waitFor()
    expect(faults).toEqual([])
  }, 60_000)

  it('knows what changes elsewhere, and says that it was switched off', async () => {
    await open()
    await authorise(key)
    await page.getByRole('heading', { name: 'Postern' }).waitFor()
    await app.application.plugins.disable('space-tokens', 'test')
    await app.collection('later', { name: 'string' })
    await app.grant('editor', 'later', ['list'])
    await page.getByRole('link', { name: 'GET later:list' }).waitFor()
    await app.application.plugins.disable('api-doc', 'test')
    await page.getByRole('heading', { name: 'The documentation is switched off' }).waitFor()
    expect(await status().textContent()).toContain('npx postern plugin enable api-doc')
    await app.application.plugins.enable('api-doc', 'test')
    await page.getByRole('link', { name: 'GET later:list' }).waitFor()
    await app.application.plugins.enable('space-tokens', 'test')
  }, 60_000)
})

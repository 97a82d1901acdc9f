// A page from another origin calls the API with a key, in a real browser. Needs Debian's `chromium`, which .ci/run installs.
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import apiKeys from '@postern/plugin-api-keys'
import { createTestApp, type TestApp } from '@postern/testkit'
import { chromium, type BrowserContext } from 'playwright-core'

const executablePath = '/usr/bin/chromium'
const isInstalled = existsSync(executablePath)
const args = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

if (!isInstalled)
  console.error(`NO BROWSER TEST RUNS: there is no ${executablePath}. On Debian: apt-get install chromium`)

interface Opened {
  readonly browser: BrowserContext
  readonly profile: string
  /** Where the pages come from: another origin than the API's. */
  readonly pages: Server
  /** What the next page is. */
  html: string
}

let app: TestApp
let key: string
let opened: Opened

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

/** Shows who it is and what it got; `null` is what the browser calls an origin that belongs to nobody. */
const frame = (url: string, token: string): string => `
  <p id="origin"></p><ul id="list"></ul><p id="failure"></p>
  <script>
    document.querySelector('#origin').textContent = self.origin
    fetch('${url}/api/todos:list', { headers: { Authorization: 'Bearer ${token}' } })
      .then((answer) => answer.json())
      .then(({ data, errors }) => {
        for (const { title } of data ?? []) {
          document.querySelector('#list').appendChild(document.createElement('li')).textContent = title
        }
        document.querySelector('#failure').textContent = errors ? errors[0].code : 'none'
      })
      .catch((error) => (document.querySelector('#failure').textContent = error.name))
  </script>`

/** The page that docs/api-keys.md shows, for this server and this key. */
function pageOfTheDocs(url: string, token: string): string {
  const page = readFileSync(new URL('../docs/api-keys.md', import.meta.url), 'utf8')
  const [, html = ''] = /^```html todos\.html\n([^]*?)^```$/m.exec(page) ?? []
  return html.replace('http://localhost:13000', url).replace('eyJ…', token)
}

/** Opens a page whose sandboxed iframe has its document in `srcdoc`, and waits until the frame has its answer. */
async function show(url: string, token: string) {
  opened.html = `<!doctype html><title>Elsewhere</title>
    <iframe sandbox="allow-scripts" srcdoc="${escapeHtml(frame(url, token))}"></iframe>`
  const address = opened.pages.address()
  if (address === null || typeof address === 'string') throw new Error('the pages are served on a port')
  const page = await opened.browser.newPage()
  try {
    await page.goto(`http://127.0.0.1:${address.port}/`)
    const inner = page.frameLocator('iframe')
    await inner.locator('#failure:not(:empty)').waitFor()
    return {
      origin: await inner.locator('#origin').textContent(),
      titles: await inner.locator('#list li').allTextContents(),
      failure: await inner.locator('#failure').textContent(),
    }
  } finally {
    await page.close()
  }
}

async function makeTodos(on: TestApp): Promise<string> {
  await on.collection('todos', { title: 'string', completed: 'boolean' })
  await on.grant('todos-api', 'todos', ['list'])
  for (const title of ['eat food', 'sleep', 'play games']) await on.as('root').call('todos', 'create', { title })
  const { token } = await on.user('ann', { roles: ['todos-api'] })
  const { body } = await on.request('POST', '/api/apiKeys:create', { token, body: { name: 'page', role: 'todos-api' } })
  return String(body.data.token)
}

async function openBrowser(): Promise<Opened> {
  const pages = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end(opened.html))
  await once(pages.listen(0, '127.0.0.1'), 'listening')
  const profile = await mkdtemp(join(tmpdir(), 'postern-chromium-'))
  const browser = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args })
  return { browser, profile, pages, html: '' }
}

beforeAll(async () => {
  if (!isInstalled) return
  opened = await openBrowser()
  app = await createTestApp({ plugins: [apiKeys] })
  key = await makeTodos(app)
}, 60_000)

afterAll(async () => {
  await opened?.browser.close()
  opened?.pages.close()
  if (opened) await rm(opened.profile, { recursive: true, force: true })
  await app?.close()
})

const describeWhereInstalled = isInstalled ? describe : describe.skip

describeWhereInstalled('a page from another origin, in Chromium', () => {
  it('fetches the list with a key in Authorization and shows it', async () => {
    expect(await show(app.url, key)).toEqual({
      origin: 'null',
      titles: ['eat food', 'sleep', 'play games'],
      failure: 'none',
    })
  })

  it('works as docs/api-keys.md shows it, and reads how many requests are left', async () => {
    const { token } = await app.user('ben', { roles: ['todos-api'] })
    const body = { name: 'page', role: 'todos-api', rateLimit: { limit: 5, window: 60 } }
    const made = await app.request('POST', '/api/apiKeys:create', { token, body })
    opened.html = pageOfTheDocs(app.url, made.body.data.token)
    const address = opened.pages.address()
    if (address === null || typeof address === 'string') throw new Error('the pages are served on a port')
    const page = await opened.browser.newPage()
    await page.goto(`http://127.0.0.1:${address.port}/`)
    await page.locator('p:not(:empty)').waitFor()
    expect(await page.locator('li').allTextContents()).toEqual(['eat food', 'sleep', 'play games'])
    expect(await page.locator('p').textContent()).toMatch(/^"apiKey";r=4;t=\d+$/)
    await page.close()
  })

  it('can read why a key is refused', async () => {
    expect(await show(app.url, 'not-a-key')).toEqual({ origin: 'null', titles: [], failure: 'INVALID_TOKEN' })
  })

  it('is kept out where CORS_ORIGIN names other origins', async () => {
    const narrow = await createTestApp({ plugins: [apiKeys], settings: { CORS_ORIGIN: 'https://app.example.com' } })
    const ownKey = await makeTodos(narrow)
    expect(await show(narrow.url, ownKey)).toEqual({ origin: 'null', titles: [], failure: 'TypeError' })
    await narrow.close()
  })
})

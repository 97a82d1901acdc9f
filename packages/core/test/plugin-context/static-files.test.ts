import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { definePlugin } from '@postern/core'
import { createTestApp, type TestApp } from '@postern/testkit'

let parent: string
let app: TestApp

beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'postern-static-'))
  const folder = path.join(parent, 'public')
  await mkdir(path.join(folder, 'sub'), { recursive: true })
  await mkdir(path.join(folder, 'empty'))
  await mkdir(path.join(folder, '.git'))
  const files = {
    'index.html': '<h1>front</h1>',
    'app.js': 'export {}',
    'style.css': 'a {}',
    'two words.txt': 'two words',
    'sub/index.html': '<h1>sub</h1>',
    '.env': 'SECRET=1',
    '.git/config': 'SECRET=2',
    '../secret.txt': 'SECRET=3',
  }
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text)
  const plugin = definePlugin({ name: 'site', setup: ({ http }) => http.static('/site/', folder) })
  app = await createTestApp({ plugins: [plugin] })
})
afterAll(async () => {
  await app?.close()
  await rm(parent, { recursive: true, force: true })
})

describe('200 for what is in the folder', () => {
  it.each([
    ['/site', 'text/html; charset=utf-8', '<h1>front</h1>'],
    ['/site/', 'text/html; charset=utf-8', '<h1>front</h1>'],
    ['/site/sub/', 'text/html; charset=utf-8', '<h1>sub</h1>'],
    ['/site/app.js', 'text/javascript; charset=utf-8', 'export {}'],
    ['/site/style.css?v=1', 'text/css; charset=utf-8', 'a {}'],
    ['/site/two%20words.txt', 'text/plain; charset=utf-8', 'two words'],
  ])('%s', async (address, type, text) => {
    const answer = await app.request('GET', address)
    expect([answer.status, answer.text]).toEqual([200, text])
    expect(answer.headers).toMatchObject({ 'content-type': type, 'x-content-type-options': 'nosniff' })
  })

  it('answers HEAD with the same headers and no body', async () => {
    const { status, headers, text } = await app.request('HEAD', '/site/app.js')
    expect([status, text]).toEqual([200, ''])
    expect(headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'content-length': '9' })
  })
})

describe('404 for everything else', () => {
  const secret = () => path.join(parent, 'secret.txt')
  it.each([
    ['a file that is missing', () => '/site/nothing.txt'],
    ['a folder without an index', () => '/site/empty/'],
    ['dots', () => '/site/../secret.txt'],
    ['encoded slashes', () => '/site/..%2fsecret.txt'],
    ['encoded dots', () => '/site/%2e%2e/secret.txt'],
    ['everything encoded', () => '/site/%2e%2e%2fsecret.txt'],
    ['encoded twice', () => '/site/%252e%252e%252fsecret.txt'],
    ['backslashes', () => '/site/..%5csecret.txt'],
    ['dots in the middle', () => '/site/sub/../../secret.txt'],
    ['an absolute path', () => `/site/${secret()}`],
    ['an absolute path with its slash encoded', () => `/site/${encodeURIComponent(secret())}`],
    ['a dotfile', () => '/site/.env'],
    ['an encoded dotfile', () => '/site/%2eenv'],
    ['a file in a dot folder', () => '/site/.git/config'],
    ['NUL', () => '/site/app.js%00'],
    ['NUL before another ending', () => '/site/.env%00.html'],
    ['a broken escape', () => '/site/%E0%A4%A'],
    ['a name that begins the same', () => '/sitemap'],
  ])('%s', async (_what, address) => {
    const { status, text, body } = await app.request('GET', address())
    expect([status, body.errors[0].code]).toEqual([404, 'NOT_FOUND'])
    expect(text).not.toContain('SECRET')
    expect(text).not.toContain(parent)
  })

  it('other methods than GET and HEAD', async () => {
    expect((await app.request('POST', '/site/app.js')).status).toBe(404)
    expect((await app.request('DELETE', '/site/app.js')).status).toBe(404)
  })

  it('everything, once the plugin is off', async () => {
    await app.application.plugins.disable('site', 'test')
    expect((await app.request('GET', '/site/app.js')).status).toBe(404)
    await app.application.plugins.enable('site', 'test')
    expect((await app.request('GET', '/site/app.js')).status).toBe(200)
  })
})

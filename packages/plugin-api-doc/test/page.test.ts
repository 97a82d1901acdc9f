import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { createDocApp } from './doc-app.js'

let app: TestApp
beforeAll(async () => {
  app = await createDocApp()
})
afterAll(() => app?.close())

describe('the page', () => {
  it.each(['/docs', '/docs/', '/docs?url=https://evil.example/spec.json'])('loads for anybody: %s', async (path) => {
    const { status, headers, text } = await app.request('GET', path)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(text).toContain('data-prefix="/api"')
    expect(text).not.toContain('evil')
    expect(text).not.toMatch(/<script(?![^>]* src=)| on\w+=| style=/)
  })

  it('may load nothing from elsewhere, and nothing that stands in the page itself', async () => {
    const { headers } = await app.request('GET', '/docs')
    const policy = headers['content-security-policy'] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  })

  it.each([
    ['main.js', 'text/javascript; charset=utf-8'],
    ['style.css', 'text/css; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ])('has its files with their types: %s', async (name, type) => {
    const { status, headers } = await app.request('GET', `/docs/${name}`)
    expect({ status, type: headers['content-type'], sniff: headers['x-content-type-options'] }).toEqual({
      status: 200,
      type,
      sniff: 'nosniff',
    })
  })

  it('has every file that its files ask for', async () => {
    const seen = new Set<string>()
    const look = async (path: string): Promise<void> => {
      if (seen.has(path)) return
      seen.add(path)
      const { status, text } = await app.request('GET', path)
      expect({ path, status }).toEqual({ path, status: 200 })
      for (const [, name] of text.matchAll(/from '\.\/([\w-]+\.js)'|(?:src|href)="\/docs\/([\w.-]+)"/g)) {
        if (name) await look(`/docs/${name}`)
      }
      for (const [, name] of text.matchAll(/(?:src|href)="\/docs\/([\w.-]+)"/g)) await look(`/docs/${name}`)
    }
    await look('/docs')
    expect(seen.size).toBeGreaterThan(10)
  })

  it.each([
    '..%2fpackage.json',
    '....//package.json',
    '%2e%2e/package.json',
    '/etc/passwd',
    'main.js%00',
    'nothing.js',
    '..%5c',
  ])('is 404 below it for %s', async (path) =>
    expect(await app.request('GET', `/docs/${path}`)).toMatchObject({ status: 404 }),
  )

  it('answers HEAD, and is read only', async () => {
    expect(await app.request('HEAD', '/docs')).toMatchObject({ status: 200, text: '' })
    expect((await app.request('POST', '/docs')).status).toBe(404)
  })

  it('is gone with the plugin', async () => {
    await app.application.plugins.disable('api-doc', 'test')
    expect(await app.request('GET', '/docs')).toMatchObject({ status: 404, body: { errors: [{ code: 'NOT_FOUND' }] } })
    await app.application.plugins.enable('api-doc', 'test')
    expect(await app.request('GET', '/docs')).toMatchObject({ status: 200 })
  })
})

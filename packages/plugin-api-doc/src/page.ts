import { readFile } from 'node:fs/promises'
import { anonymous, type PluginContext } from '@postern/core'

const folder = new URL('../page/', import.meta.url)
const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}
/** All that there is: what else is asked for below /docs is not there. */
const modules = ['main', 'dom', 'model', 'server', 'schema-view', 'operation-view', 'try-view', 'samples', 'advice']
const files = [...modules.map((name) => `${name}.js`), 'style.css', 'layout.css', 'icon.svg']

/** Nothing from elsewhere, nothing inline, nothing that frames the page or is framed by it. */
const policy = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"],
].join('; ')
const headers: Readonly<Record<string, string>> = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
}

type Router = ReturnType<PluginContext<object, object>['http']['router']>
type OpenApi = PluginContext<object, object>['openapi']

const typeOf = (name: string): string => types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
const escaped = (text: string): string => text.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`)

/** Headers other than `Authorization` that carry a credential of an enabled plugin. */
const carriersOf = (openapi: OpenApi): readonly string[] => [
  ...new Set(
    openapi.describe(anonymous).strategies.flatMap(({ scheme }) => (scheme.type === 'apiKey' ? [scheme.name] : [])),
  ),
]

/** Serves the page at /docs. Its files are read once: there is nothing that an address could lead out of. */
export async function servePage(router: Router, openapi: OpenApi): Promise<void> {
  const html = await readFile(new URL('index.html', folder), 'utf8')
  router.get(['/docs', '/docs/'], (context) => {
    const values = { prefix: openapi.settings.prefix, headers: carriersOf(openapi).join(' ') }
    context.set({ ...headers, 'Content-Type': types['html'] ?? '' })
    context.body = html.replace('{{prefix}}', escaped(values.prefix)).replace('{{headers}}', escaped(values.headers))
  })
  for (const name of files) {
    const content = await readFile(new URL(name, folder))
    router.get(`/docs/${name}`, (context) => {
      context.set({ ...headers, 'Content-Type': typeOf(name) })
      context.body = content
    })
  }
}

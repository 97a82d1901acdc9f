import { h, prose, spans } from './dom.js'
import { schemaView } from './schema-view.js'
import { tryView } from './try-view.js'

const jsonOf = (part) => part?.content?.['application/json']

function responseView(document, [status, response]) {
  const { schema } = jsonOf(response) ?? {}
  const isSuccess = status.startsWith('2')
  return h(
    'details',
    isSuccess ? { open: true } : {},
    h('summary', {}, status === 'default' ? 'Any other error' : status),
    prose(response.description),
    isSuccess && schema ? schemaView(document, schema) : undefined,
  )
}

/** One operation: what it is, a form to try it, its body and its answers. */
export function operationView(document, operation, onAnswer) {
  const { schema } = jsonOf(operation.requestBody) ?? {}
  const isForAnybody = operation.security?.some((one) => Object.keys(one).length === 0)
  return [
    h('h2', {}, h('span', { class: operation.method.toLowerCase() }, operation.method), ` ${operation.path}`),
    h('p', {}, operation.summary),
    ...prose(operation.description ?? '').filter((paragraph) => paragraph.textContent !== ''),
    h(
      'p',
      { class: 'soft' },
      ...spans(`From \`${operation['x-plugin'] ?? '?'}\`. ${isForAnybody ? 'Anybody may call it.' : ''}`),
    ),
    h('h3', {}, 'Try it'),
    tryView(document, operation, onAnswer),
    ...(schema ? [h('h3', {}, 'Body'), schemaView(document, schema)] : []),
    h('h3', {}, 'Answers'),
    ...operation.responses.map((response) => responseView(document, response)),
  ]
}

/** What stands there before an operation is chosen. */
export function welcomeView(document, download) {
  return [
    h('h2', {}, document.info.title),
    ...prose(document.info.description),
    h('div', { class: 'actions' }, h('button', { type: 'button', onclick: download }, 'Download the document')),
    h(
      'details',
      {},
      h('summary', {}, 'Import to Postman'),
      h(
        'p',
        {},
        'Download the document. In Postman choose Import, drop the file there, and take it as a collection. Set the variable baseUrl to ',
        h('code', {}, new URL(document.servers[0]?.url ?? '', location.origin).href),
        ' and the authorisation of the collection to your key.',
      ),
    ),
  ]
}

/** What stands there for whoever has not said who he is. */
export const anonymousView = () => [
  h('h2', {}, 'Which key?'),
  h(
    'p',
    {},
    'What you may call depends on who you are. Paste an API key, a session or a space token at the top of the page. It stays in the memory of this page, and is gone when you close it.',
  ),
  h(
    'p',
    {},
    'A key is made with ',
    h('code', {}, 'npx postern key create'),
    ' or by ',
    h('code', {}, 'apiKeys:create'),
    '.',
  ),
]

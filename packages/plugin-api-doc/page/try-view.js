import { adviceFor } from './advice.js'
import { copyButton, h, say, spans } from './dom.js'
import { inWords, resolve } from './model.js'
import { curl, javascript, python } from './samples.js'
import { apiPrefix, carrier, hasCredential, send } from './server.js'

const pretty = (value) => JSON.stringify(value, null, 2)

/** What stands in a field at first: only what must be given. */
const initial = ({ required, example }) => {
  if (!required) return ''
  const value = example ?? ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function control(document, parameter, id) {
  const schema = resolve(document, parameter.schema ?? {})
  const choices = schema.type === 'boolean' ? ['true', 'false'] : schema.type === 'string' ? (schema.enum ?? []) : []
  if (choices.length > 0) {
    return h(
      'select',
      { id },
      ['', ...choices].map((value) => h('option', { value }, value === '' ? '–' : value)),
    )
  }
  const isJson = schema.contentMediaType !== undefined
  const input = isJson ? h('textarea', { id, rows: 2, spellcheck: 'false' }) : h('input', { id, type: 'text' })
  if (isJson && parameter.example !== undefined) input.setAttribute('placeholder', parameter.example)
  input.value = initial(parameter)
  return input
}

function field(document, parameter) {
  const id = `parameter-${parameter.name}`
  const input = control(document, parameter, id)
  input.setAttribute('aria-describedby', `${id}-about`)
  const schema = resolve(document, parameter.schema ?? {})
  const words = schema.contentMediaType === undefined ? ` ${inWords(schema)}.` : ''
  const label = `${parameter.name}${parameter.required ? ' (required)' : ''}`
  const about = h('p', { class: 'soft', id: `${id}-about` }, ...spans(`${parameter.description ?? ''}${words}`))
  return { parameter, input, view: h('div', {}, h('label', { for: id }, label), input, about) }
}

/** The call that the form says. */
function callOf({ method, path }, fields, body) {
  let address = path
  const query = []
  const headers = {}
  for (const { parameter, input } of fields) {
    const value = input.value.trim()
    if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, encodeURIComponent(value))
    if (value === '') continue
    if (parameter.in === 'query') query.push(`${encodeURIComponent(parameter.name)}=${encodeURIComponent(value)}`)
    if (parameter.in === 'header') headers[parameter.name] = value
  }
  const text = body?.value.trim()
  const target = `${apiPrefix}${address}${query.length > 0 ? `?${query.join('&')}` : ''}`
  const sent = body && text !== '' ? text : undefined
  const typed = sent === undefined ? {} : { 'Content-Type': 'application/json' }
  return {
    method,
    target,
    url: location.origin + target,
    header: carrier(),
    headers: { ...typed, ...headers },
    body: sent,
  }
}

function errorsView(status, body) {
  if (!Array.isArray(body?.errors)) return []
  return body.errors.map(({ code, message, path, reason }) =>
    h(
      'div',
      { class: 'fault' },
      h('p', { class: 'bad' }, `${code}: ${message}${path ? ` (${path})` : ''}${reason ? ` (${reason})` : ''}`),
      h('p', {}, ...spans(adviceFor(status, code))),
    ),
  )
}

async function answerView(answer, milliseconds) {
  const text = await answer.text()
  let body
  try {
    body = JSON.parse(text)
  } catch {
    body = undefined
  }
  const id = answer.headers.get('x-request-id')
  return [
    h('p', { class: answer.ok ? 'good' : 'bad' }, `${answer.status} after ${Math.round(milliseconds)} ms`),
    ...errorsView(answer.status, body),
    h('pre', { tabindex: 0, 'aria-label': 'Answer' }, body === undefined ? text : pretty(body)),
    id ? h('p', { class: 'soft' }, `Request id: ${id}`) : undefined,
  ].filter((part) => part !== undefined)
}

function bodyField(operation) {
  const media = operation.requestBody?.content?.['application/json']
  if (!media) return { views: [] }
  const text = media.example === undefined ? '{}' : pretty(media.example)
  const rows = Math.min(16, Math.max(4, text.split('\n').length + 1))
  const input = h('textarea', { id: 'body', rows, spellcheck: 'false' })
  if (operation.requestBody.required) input.value = text
  return { input, views: [h('div', {}, h('label', { for: 'body' }, 'Body (JSON)'), input)] }
}

async function run(call, result, onAnswer) {
  if (!hasCredential()) say('No key is given yet: the call is sent without one.')
  const began = performance.now()
  try {
    const answer = await send(call.method, call.target, { body: call.body, extra: call.headers })
    result.replaceChildren(...(await answerView(answer, performance.now() - began)))
    onAnswer(answer)
  } catch {
    result.replaceChildren(h('p', { class: 'bad' }, 'No answer came. Is the server running?'))
  }
}

/** The form that sends an operation, the call as code, and the answer. */
export function tryView(document, operation, onAnswer) {
  const fields = operation.parameters.map((parameter) => field(document, parameter))
  const body = bodyField(operation)
  const result = h('div', { role: 'region', 'aria-label': 'Answer to the call', 'aria-live': 'polite' })
  const call = () => callOf(operation, fields, body.input)
  const submit = (event) => {
    event.preventDefault()
    void run(call(), result, onAnswer)
  }
  const needed = fields.filter(({ parameter }) => parameter.required || parameter.name === 'filterByTk')
  const rest = fields.filter((one) => !needed.includes(one))
  const more =
    rest.length === 0
      ? []
      : [
          h(
            'details',
            {},
            h('summary', {}, `${rest.length} more parameters`),
            rest.map(({ view }) => view),
          ),
        ]
  return h(
    'form',
    { onsubmit: submit },
    needed.map(({ view }) => view),
    body.views,
    more,
    h(
      'div',
      { class: 'actions' },
      h('button', { type: 'submit' }, 'Send'),
      copyButton('Copy as curl', () => curl(call())),
      copyButton('Copy as fetch', () => javascript(call())),
      copyButton('Copy as Python', () => python(call())),
    ),
    result,
  )
}

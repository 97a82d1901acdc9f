import { adviceFor } from './advice.js'
import { byId, h, say } from './dom.js'
import { found, grouped, operationsOf } from './model.js'
import { anonymousView, operationView, welcomeView } from './operation-view.js'
import { apiPrefix, forget, hasCredential, send, useKey } from './server.js'

/** Milliseconds between two looks at whether the API has changed. */
const pause = 3000

const state = { document: undefined, text: '', etag: undefined, operations: [], part: '', shown: undefined }

const documentPath = () => `${apiPrefix}/swagger:get${state.part === '' ? '' : `?ns=${encodeURIComponent(state.part)}`}`

function link({ id, method, name, summary }) {
  const isCurrent = location.hash === `#${id}`
  return h(
    'li',
    {},
    h(
      'a',
      { href: `#${id}`, title: summary, ...(isCurrent ? { 'aria-current': 'page' } : {}) },
      h('span', { class: `method ${method.toLowerCase()}` }, method),
      h('span', {}, name),
    ),
  )
}

const counted = (number) => (number === 1 ? '1 operation' : `${number} operations`)

function showList() {
  const words = byId('search').value
  const operations = found(state.operations, words)
  const groups = state.document ? grouped(state.document, operations) : []
  byId('list').replaceChildren(
    ...groups.map(({ tag, own }) =>
      h('section', {}, h('h2', {}, tag['x-displayName'] ?? tag.name), h('ul', {}, own.map(link))),
    ),
  )
  byId('count').textContent = state.document ? counted(operations.length) : ''
}

function download() {
  const url = URL.createObjectURL(new Blob([state.text], { type: 'application/json' }))
  h('a', {
    href: url,
    download: `${['openapi', ...state.part.split('/')].filter((name) => name !== '').join('-')}.json`,
  }).click()
  URL.revokeObjectURL(url)
}

const main = () => byId('operation')

/** Shows the operation of the address, or the beginning. What is shown already stays, with what was typed into it. */
function showOperation({ focus = false } = {}) {
  const id = location.hash.slice(1)
  const operation = state.operations.find((one) => one.id === id)
  const mark = operation ? JSON.stringify(operation) : `welcome ${state.etag}`
  if (mark !== state.shown) {
    if (!operation && /^operation \w/.test(state.shownAs ?? ''))
      say(`${state.shownAs.slice(10)} is not there any more.`, true)
    const view = operation ? operationView(state.document, operation, onAnswer) : welcomeView(state.document, download)
    main().replaceChildren(...view)
    state.shown = mark
    state.shownAs = operation ? `operation ${operation.name}` : 'welcome'
  }
  if (focus) main().focus()
}

/** After a call that may have changed what there is. */
const onAnswer = (answer) => void (answer.status === 404 || answer.status === 401 || answer.ok ? refresh() : undefined)

function showNothing(view) {
  Object.assign(state, {
    document: undefined,
    text: '',
    etag: undefined,
    operations: [],
    shown: undefined,
    shownAs: '',
  })
  byId('part').disabled = true
  byId('part').replaceChildren()
  showList()
  main().replaceChildren(...view)
}

async function showParts() {
  const answer = await send('GET', `${apiPrefix}/swagger:getUrls`)
  if (!answer.ok) return
  const { data } = await answer.json()
  const names = data.map(({ name }) => name).filter((name) => name !== 'all')
  const select = byId('part')
  select.replaceChildren(h('option', { value: '' }, 'All'), ...names.map((name) => h('option', { value: name }, name)))
  select.value = names.includes(state.part) ? state.part : ''
  select.disabled = false
}

function refused(status) {
  // It is asked again and again: what stands there already is not said anew.
  if (state.refusal === status && !hasCredential()) return
  state.refusal = status
  if (status === 401) {
    const hadKey = hasCredential()
    forget()
    byId('forget').hidden = true
    showNothing(anonymousView())
    return say(hadKey ? 'The key has ended. Paste another one.' : 'Paste a key to see what you may call.', hadKey)
  }
  if (status === 404 && state.part !== '') {
    state.part = ''
    return void refresh()
  }
  showNothing([h('h2', {}, 'The documentation is switched off')])
  if (status === 404) {
    return say(
      'The plugin api-doc is switched off. This page fills again once it is on: npx postern plugin enable api-doc',
      true,
    )
  }
  say(`The document cannot be had (${status}). ${adviceFor(status)}`, true)
}

async function take(answer) {
  state.text = await answer.text()
  state.refusal = undefined
  state.document = JSON.parse(state.text)
  const isChange = state.etag !== undefined
  state.etag = answer.headers.get('etag')
  state.operations = operationsOf(state.document)
  say(
    isChange
      ? 'The API has changed; this page is up to date.'
      : `${counted(state.operations.length)} that you may call.`,
  )
  await showParts()
  showList()
  showOperation()
}

/** Brings the page up to date. */
async function refresh() {
  try {
    const extra = state.etag ? { 'If-None-Match': state.etag } : {}
    const answer = await send('GET', documentPath(), { extra })
    if (answer.status === 304) return
    if (answer.ok) await take(answer)
    else refused(answer.status)
  } catch {
    say('The server does not answer. This page tries again.', true)
  }
}

async function submitKey(event) {
  event.preventDefault()
  const input = byId('key')
  if (input.value.trim() === '') return say('Paste a key first.', true)
  try {
    const refusal = await useKey(input.value)
    if (refusal) {
      const { errors: [error] = [] } = await refusal.json()
      return say(`${error?.message ?? 'The key is not taken'} ${adviceFor(refusal.status, error?.code)}`, true)
    }
    input.value = ''
    byId('forget').hidden = false
    state.etag = undefined
    await refresh()
  } catch {
    say('The server does not answer. Is it running?', true)
  }
}

const prefersDark = matchMedia('(prefers-color-scheme: dark)')

function isDark() {
  const { theme } = document.documentElement.dataset
  return theme ? theme === 'dark' : prefersDark.matches
}

function toggleTheme() {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark'
  showTheme()
}

const showTheme = () => byId('theme').setAttribute('aria-pressed', String(isDark()))

byId('credential').addEventListener('submit', (event) => void submitKey(event))
byId('forget').addEventListener('click', () => {
  forget()
  byId('forget').hidden = true
  Object.assign(state, { etag: undefined, refusal: undefined })
  void refresh()
})
byId('theme').addEventListener('click', toggleTheme)
prefersDark.addEventListener('change', showTheme)
showTheme()
byId('search').addEventListener('input', showList)
byId('part').addEventListener('change', () => {
  state.part = byId('part').value
  state.etag = undefined
  void refresh()
})
addEventListener('hashchange', () => {
  if (!state.document) return
  showList()
  showOperation({ focus: true })
})
addEventListener('keydown', (event) => {
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)
  if (event.key !== '/' || isTyping) return
  event.preventDefault()
  byId('search').focus()
})

async function follow() {
  await refresh()
  setInterval(() => void (document.visibilityState === 'visible' ? refresh() : undefined), pause)
}
void follow()

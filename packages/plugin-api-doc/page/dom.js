// Elements are made here and nowhere else. Whatever comes from the server becomes text, never markup.

/** An element: attributes (`on…` is a listener, true stands for a bare attribute), and children, of which texts stay texts. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value))
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false))
  return element
}

export const byId = (id) => document.getElementById(id)

/** Prose of the document: paragraphs, `code` and **bold**. Links and everything else are shown as they are written. */
export function prose(text = '') {
  return text.split(/\n{2,}/).map((paragraph) => h('p', {}, ...spans(paragraph)))
}

export function spans(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((piece) => {
    if (/^`.+`$/s.test(piece)) return h('code', {}, piece.slice(1, -1))
    return /^\*\*.+\*\*$/s.test(piece) ? h('strong', {}, piece.slice(2, -2)) : piece
  })
}

/** Says something to whoever looks or listens. */
export function say(message, isBad = false) {
  const status = byId('status')
  status.classList.toggle('bad', isBad)
  if (status.textContent !== message) status.textContent = message
}

/** A button that copies a text, and says so. */
export function copyButton(label, text) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text())
      say(`${label}: copied`)
    } catch {
      say('The browser does not let this page copy; mark the text and copy it yourself.', true)
    }
  }
  return h('button', { type: 'button', onclick: copy }, label)
}

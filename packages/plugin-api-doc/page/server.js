// Talks to the server that the page came from, and to no other. The credential is kept in a variable: it is gone with the page.

const { prefix, headers } = document.documentElement.dataset
/** Headers that can carry a credential, in the order in which they are tried. */
const carriers = ['Authorization', ...headers.split(' ').filter((name) => name !== '')]

let credential
export const apiPrefix = prefix
export const carrier = () => credential?.header ?? 'Authorization'
export const hasCredential = () => credential !== undefined
export const forget = () => void (credential = undefined)

const valueFor = (header, key) => (header === 'Authorization' ? `Bearer ${key}` : key)

/** Sends one request. `path` begins with a slash and stands behind the origin. @throws TypeError when no answer comes */
export async function send(method, path, { body, extra = {}, as = credential } = {}) {
  const sent = {
    ...(as ? { [as.header]: valueFor(as.header, as.key) } : {}),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...extra,
  }
  return fetch(new URL(path, location.origin), {
    method,
    headers: sent,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    ...(body === undefined ? {} : { body }),
  })
}

/** Takes a key when the server does; which kind it is, is found out. @returns the answer that refused it, or undefined */
export async function useKey(text) {
  const key = text.trim().replace(/^bearer\s+/i, '')
  let refusal
  for (const header of carriers) {
    const answer = await send('GET', `${prefix}/swagger:getUrls`, { as: { header, key } })
    if (answer.ok) {
      credential = { header, key }
      return undefined
    }
    refusal ??= answer
    if (answer.status !== 401) return answer
  }
  return refusal
}

// What an operator does before an API key can be used, over HTTP.
import { randomBytes } from 'node:crypto'

const password = () => randomBytes(12).toString('hex')
export const secrets = { APP_KEY: randomBytes(32).toString('hex'), INIT_ROOT_PASSWORD: password() }

export async function post(base, path, body, token) {
  const response = await fetch(`${base}/api/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer.data
}

/** Makes todos, a role with all actions on them, a user with that role, and a key of his → `{ userId, key }`. */
export async function makeKey(base) {
  const admin = (await post(base, 'auth:signIn', { account: 'root@localhost', password: secrets.INIT_ROOT_PASSWORD }))
    .token
  const fields = [
    { name: 'title', type: 'string' },
    { name: 'completed', type: 'boolean' },
  ]
  await post(base, 'collections:create', { name: 'todos', fields }, admin)
  const role = 'todos-api'
  await post(base, 'roles:create', { name: role, title: 'To Dos API Role' }, admin)
  await post(base, 'grants:create', { role, resource: 'todos', actions: ['*'] }, admin)
  const user = { email: 'bench@example.com', username: 'bench', password: password() }
  const { id: userId } = await post(base, 'users:create', { ...user, roles: [role] }, admin)
  const own = (await post(base, 'auth:signIn', { account: user.email, password: user.password })).token
  const { token: key } = await post(base, 'apiKeys:create', { name: 'bench', role, expiresIn: '30d' }, own)
  return { userId, key, own }
}

/** Lets anybody read one record, without a credential: as if authentication were switched off. */
export async function openToAnybody(base) {
  const account = { account: 'root@localhost', password: secrets.INIT_ROOT_PASSWORD }
  const { token } = await post(base, 'auth:signIn', account)
  await post(base, 'grants:create', { role: 'anonymous', resource: 'todos', actions: ['get'] }, token)
}

/** The same key with another signature: well-formed, and wrong. */
export function wrongKey(key) {
  const dot = key.lastIndexOf('.')
  return `${key.slice(0, dot + 1)}${randomBytes(32).toString('base64url')}`
}

/** The same collection, divided, with a space and a token for it → `{ space, token }`. */
export async function makeSpaceToken(base, own) {
  const account = { account: 'root@localhost', password: secrets.INIT_ROOT_PASSWORD }
  const { token: admin } = await post(base, 'auth:signIn', account)
  const fields = [
    { name: 'title', type: 'string' },
    { name: 'completed', type: 'boolean' },
  ]
  await post(base, 'collections:create', { name: 'spacedTodos', spaced: true, fields }, admin)
  const { id: space } = await post(base, 'spaces:create', { name: 'bench' }, own)
  const { token } = await post(base, `spaces/${space}/tokens:create`, { name: 'bench' }, own)
  return { space, token }
}

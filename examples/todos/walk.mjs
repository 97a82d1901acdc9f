// The tutorial from an empty folder to a revoked key, with nothing but `fetch` and the command line; every step is
// checked. It starts a server of its own in a temporary folder: `node examples/todos/walk.mjs`. With DATABASE_URL it
// uses that database, which must be empty; otherwise the embedded PostgreSQL.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { openProject } from './project.mjs'

const rootPassword = 'a-password-for-root'
const annPassword = 'a-password-for-ann'
const role = 'To Dos API Role'
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const badKey = { code: 'INVALID_TOKEN', message: 'Your session has expired. Please sign in again.' }

const databaseUrl = process.env.DATABASE_URL
const project = await openProject({
  INIT_ROOT_EMAIL: 'root@example.com',
  INIT_ROOT_PASSWORD: rootPassword,
  APP_KEY: 'Wq3vT9zLr5YkXc8HnJd2FbMa7PsGe4Ux',
  ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
})

const say = (text) => console.log(text)

/** A call that has to succeed. @returns its `data` */
async function ask(path, options) {
  const { status, body, text } = await project.call(path, options)
  assert.equal(status, 200, `${path}: ${status} ${text}`)
  return body.data
}

async function expectRefusal(status, code, path, options) {
  const answer = await project.call(path, options)
  assert.equal(answer.status, status, `${path}: ${answer.status} ${answer.text}`)
  assert.equal(answer.body.errors[0].code, code)
  return answer
}

/** 401. Nothing in it tells one bad key from another, unless its holder proved the whole of it. */
async function expectBadKey(token, reason) {
  const { body, headers } = await expectRefusal(401, 'INVALID_TOKEN', 'todos:list', { token })
  assert.deepEqual(body, { errors: [reason === undefined ? badKey : { ...badKey, reason }] })
  assert.equal(headers.get('www-authenticate'), 'Bearer realm="api", error="invalid_token"')
}

const signIn = async (account, password) => (await ask('auth:signIn', { body: { account, password } })).token

/** What a list of to-dos is on the wire, to the letter: these members in this order. */
async function expectList(token, expected) {
  const { status, body, text } = await project.call('todos:list', { token })
  assert.equal(status, 200, text)
  const data = expected.map((record, index) => {
    const { createdAt, updatedAt } = body.data[index]
    for (const time of [createdAt, updatedAt]) assert.match(time, instant)
    const { completed, createdById, id, title, updatedById } = record
    return { createdAt, updatedAt, completed, createdById, id, title, updatedById }
  })
  assert.equal(text, JSON.stringify({ data, meta: { count: data.length, page: 1, pageSize: 20, totalPage: 1 } }))
}

async function start() {
  await project.start()
  for (const line of [
    `http://localhost:${new URL(project.url).port}`,
    'api-keys: enabled',
    'npx postern plugin list',
  ]) {
    assert.ok(project.output.includes(line), `the server does not say "${line}":\n${project.output}`)
  }
  assert.ok(!project.output.includes(rootPassword), 'a password that was given is not printed')
  say(`1. The server runs on ${databaseUrl ? 'DATABASE_URL' : 'the embedded PostgreSQL'} and says what to try next.`)
}

async function listPlugins() {
  const { plugins } = await project.json('plugin', 'list')
  const keys = plugins.find(({ name }) => name === 'api-keys')
  assert.deepEqual(Object.keys(keys), ['name', 'version', 'state', 'package', 'requires', 'error'])
  assert.equal(keys.state, 'enabled')
  assert.equal((await project.json('plugin', 'enable', 'api-keys')).changed, false)
  say('2. `plugin list` shows api-keys, enabled; to enable it once more changes nothing.')
}

async function makeCollections(root) {
  await project.json('collection', 'create', 'todos', 'title:string', 'completed:boolean')
  const again = await project.run('collection', 'create', 'todos', 'title:string')
  assert.equal(again.code, 4, 'a name that is taken is a conflict')
  await ask('collections:create', { token: root, body: { name: 'diary', fields: [{ name: 'page', type: 'text' }] } })
  await ask('todos:create', { token: root, body: { title: 'eat food' } })
  await ask('todos:create', { token: root, body: [{ title: 'sleep' }, { title: 'play games' }] })
  const by = { completed: null, createdById: 1, updatedById: 1 }
  const titles = ['eat food', 'sleep', 'play games']
  await expectList(
    root,
    titles.map((title, index) => ({ ...by, id: index + 1, title })),
  )
  say('3. The collection todos is made by a command, another over HTTP; three records are in it.')
}

async function makeRoles(root) {
  await project.json('role', 'create', role)
  await project.json('role', 'grant', role, 'todos', '*')
  const { user, password } = await project.json('user', 'create', 'bob@example.com')
  await signIn('bob@example.com', password)
  assert.equal((await project.json('role', 'assign', user.email, role)).assigned, true)

  await ask('roles:create', { token: root, body: { name: 'readers' } })
  await ask('grants:create', { token: root, body: { role: 'readers', resource: 'todos', actions: ['list', 'get'] } })
  const ann = await ask('users:create', { token: root, body: { email: 'ann@example.com', password: annPassword } })
  assert.ok(!('password' in ann), 'passwords never come out')
  await ask(`users/${ann.id}/roles:add`, { token: root, body: [role, 'readers'] })
  say(`4. The roles "${role}" and readers, and a user for each: by commands, and over HTTP.`)
  return ann
}

async function makeKeys(ann) {
  const session = await signIn('ann@example.com', annPassword)
  const made = await project.call('apiKeys:create', { token: session, body: { name: 'all', role, expiresIn: '30d' } })
  assert.equal(made.headers.get('cache-control'), 'private, no-store')
  const { token, id, createdById, lastFour } = made.body.data
  assert.deepEqual([createdById, lastFour], [ann.id, token.slice(-4)])

  for (const elsewhere of ['apiKeys:list', `apiKeys:get/${id}`]) {
    const { status, text } = await project.call(elsewhere, { token: session })
    assert.equal(status, 200)
    assert.ok(!text.includes(token) && text.includes(lastFour), `${elsewhere} shows the key`)
  }
  assert.ok(!(await project.run('key', 'list', '--json')).stdout.includes(token), 'the command shows the key')
  assert.ok(!project.output.includes(token), 'the log shows the key')
  for (const foreign of ['admin', 'no such role'])
    await expectRefusal(400, 'INVALID_VALUE', 'apiKeys:create', { token: session, body: { name: 'x', role: foreign } })
  const reading = await ask('apiKeys:create', { token: session, body: { name: 'reads', role: 'readers' } })
  const short = await ask('apiKeys:create', { token: session, body: { name: 'short', role, expiresIn: 1 } })
  say('5. Keys for roles that the user holds, each shown in one answer and nowhere else; other roles are refused.')
  return { all: token, reading: reading.token, short: short.token }
}

async function useKey(ann, { all: token }) {
  const made = await ask('todos:create', { token, body: { title: 'tidy up', completed: false } })
  assert.deepEqual([made.createdById, made.updatedById], [ann.id, ann.id])
  assert.equal((await ask(`todos:get?filterByTk=${made.id}`, { token })).title, 'tidy up')
  const [changed] = await ask(`todos:update?filterByTk=1`, { token, body: { completed: true } })
  assert.deepEqual([changed.title, changed.completed, changed.updatedById], ['eat food', true, ann.id])
  assert.equal(await ask(`todos:destroy?filterByTk=${made.id}`, { token }), 1)
  await expectRefusal(404, 'NOT_FOUND', `todos:get?filterByTk=${made.id}`, { token })
  const by = { completed: null, createdById: 1, updatedById: 1 }
  await expectList(token, [
    { ...by, id: 1, title: 'eat food', completed: true, updatedById: ann.id },
    { ...by, id: 2, title: 'sleep' },
    { ...by, id: 3, title: 'play games' },
  ])
  say('6. With nothing but the key: create, get, update, destroy, list.')
}

/** The same claims under a signature that is not this server's. */
function signedElsewhere(token) {
  const signed = token.slice(0, token.lastIndexOf('.'))
  return `${signed}.${createHmac('sha256', 'the key of another server').update(signed).digest('base64url')}`
}

async function untilExpired(token) {
  while ((await project.call('todos:list', { token })).status === 200)
    await new Promise((resolve) => setTimeout(resolve, 100))
}

async function refuse({ all: token, reading, short }) {
  await expectBadKey('not-a-key')
  await expectBadKey(token.slice(0, -1))
  await expectBadKey(signedElsewhere(token))
  await untilExpired(short)
  await expectBadKey(short, 'expired')
  await expectRefusal(401, 'EMPTY_TOKEN', 'todos:list')
  await ask('todos:list', { token: reading })
  await expectRefusal(403, 'NO_PERMISSION', 'todos:create', { token: reading, body: { title: 'x' } })
  await expectRefusal(403, 'NO_PERMISSION', 'diary:list', { token })
  await expectRefusal(403, 'NO_PERMISSION', 'users:list', { token })
  await expectRefusal(403, 'NO_PERMISSION', 'apiKeys:create', { token, body: { name: 'x', role } })
  say('7. A wrong, cut, foreign or expired key is 401; an action or a collection that the role lacks is 403.')
}

async function toggle({ all: token }) {
  const off = await project.json('plugin', 'disable', 'api-keys')
  await expectBadKey(token)
  assert.deepEqual([off.state, off.changed, off.nodes.map(({ state }) => state)], ['disabled', true, ['disabled']])
  assert.equal((await project.run('key', 'list')).code, 2, 'its commands are gone too')
  const on = await project.json('plugin', 'enable', 'api-keys')
  await ask('todos:list', { token })
  assert.deepEqual([on.state, on.changed, on.nodes.map(({ state }) => state)], ['enabled', true, ['enabled']])
  say('8. `plugin disable` and `plugin enable` are in force in the running server at once; the keys are kept.')
}

async function changeAppKey({ all, reading }) {
  assert.equal(await project.stop(), 0, 'SIGTERM ends the server with 0')
  await project.set({ APP_KEY: 'tB6nQw2ZxV8mKp4RsJ9dLf3HgYc7Ae5U' })
  await project.start()
  const [, count] = /(\d+) API keys were signed with another APP_KEY/.exec(project.output) ?? []
  assert.equal(count, '2', project.output)
  for (const token of [all, reading]) await expectBadKey(token)
  const session = await signIn('ann@example.com', annPassword)
  const { token } = await ask('apiKeys:create', { token: session, body: { name: 'new', role } })
  assert.equal((await ask('todos:list', { token })).length, 3)
  assert.equal(await project.stop(), 0)
  say('9. A new APP_KEY ends every key, the server says how many (2); the data is all there, and new keys work.')
}

// Whoever breaks it off leaves no server behind.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void project.close().then(() => process.exit(1)))

try {
  await start()
  await listPlugins()
  const root = await signIn('root@example.com', rootPassword)
  await makeCollections(root)
  const ann = await makeRoles(root)
  const keys = await makeKeys(ann)
  await useKey(ann, keys)
  await refuse(keys)
  await toggle(keys)
  await changeAppKey(keys)
} finally {
  await project.close()
}

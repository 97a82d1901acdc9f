// What a key costs: a get with a key beside the same get with nobody asked for one, in the same server; the same with
// 100,000 keys in the table; and the memory of the server after a million different bad tokens.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { makeKey, openToAnybody, secrets } from './account.mjs'
import { requireBuild } from './built.mjs'
import { requestOf } from './cells.mjs'
import { answerOf, pinning, start, withCleanup } from './processes.mjs'
import { machine, median, printTable, round, writeResult } from './result.mjs'

const connections = 32
const rounds = Number(process.argv[2] ?? 31)
/** Milliseconds. Short, so that whatever else the machine does hits both alike. */
const slice = { warmUp: 0, duration: 200 }
const manyKeys = 100_000
const badTokens = 1_000_000
/** Of the get without authentication. */
const target = 0.95
/** Megabytes that the server may have more after the bad tokens than after the first tenth of them. */
const roomForMemory = 30

const moduleAt = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Milliseconds of processor time that a process has used. */
function processorTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/**
 * Requests a second with a key and without one, and how they compare: medians, of the ratios too. The processor time of
 * the server for a request says the same with less noise.
 */
async function compare(load, { port, pid, token }, rows) {
  const measure = async (credentials) => {
    const answer = answerOf(load)
    const request = requestOf('get', credentials, rows)
    const before = processorTime(pid)
    load.send({ server: 'postern', cell: 'get', port, connections, ...slice, request, expected: 200 })
    const { rate } = await answer
    return { rate, busy: processorTime(pid) - before, requests: (rate * slice.duration) / 1000 }
  }
  const slices = { key: [], open: [] }
  for (let number = 0; number < rounds; number++) {
    // Who begins changes from round to round.
    const order = number % 2 === 0 ? ['key', 'open'] : ['open', 'key']
    for (const name of order) slices[name].push(await measure(name === 'key' ? { token } : {}))
  }
  const rate = (name) => round(median(slices[name].map((one) => one.rate)))
  const sum = (name, member) => slices[name].reduce((total, one) => total + one[member], 0)
  const microseconds = (name) => round((sum(name, 'busy') / sum(name, 'requests')) * 1000)
  const ratio = round(median(slices.key.map((one, number) => one.rate / slices.open[number].rate)), 3)
  const processor = { key: microseconds('key'), open: microseconds('open') }
  return { key: rate('key'), open: rate('open'), ratio, processor }
}

/** Keys of nobody's use, so that the table is as large as it gets. */
const fillKeys = (client, userId) =>
  client.query(
    `INSERT INTO "apiKeys" ("createdAt", "updatedAt", "createdById", name, "roleName", "lastFour", jti, "tokenHash", "signedBy")
     SELECT now(), now(), $1, 'key ' || n, 'todos-api', 'abcd', gen_random_uuid()::text,
       encode(sha256(n::text::bytea), 'hex'), 'bench' FROM generate_series(1, $2) AS n`,
    [userId, manyKeys],
  )

const megabytes = (pid) => Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** Half are JWTs with a wrong signature, half are anything. */
function badToken(number) {
  if (number % 2 === 0) return randomBytes(24).toString('base64url')
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const payload = { userId: 1, roleName: 'todos-api', jti: String(number) }
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}.${randomBytes(32).toString('base64url')}`
}

/** Sends so many bad tokens, each a different one, several on their way at once on each connection. */
async function sendBadTokens(port, count) {
  const batch = 50
  let sent = 0
  const connection = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
      let waiting = 0
      const ask = () => {
        if (sent >= count) return (socket.destroy(), resolve())
        const requests = Array.from({ length: batch }, () => {
          return `GET /api/todos:list HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${badToken(sent++)}\r\n\r\n`
        })
        waiting = batch
        socket.write(requests.join(''))
      }
      socket.setEncoding('latin1')
      socket.on('connect', ask)
      socket.on('data', (chunk) => {
        waiting -= chunk.split('HTTP/1.1 401').length - 1
        if (chunk.includes('HTTP/1.1 2')) reject(new Error('a bad token was taken for a good one'))
        if (waiting <= 0) ask()
      })
      socket.on('error', reject)
    })
  await Promise.all(Array.from({ length: 16 }, connection))
}

async function measureMemory({ port, pid }) {
  await sendBadTokens(port, badTokens / 10)
  const before = megabytes(pid)
  await sendBadTokens(port, badTokens - badTokens / 10)
  return { before: round(before), after: round(megabytes(pid)) }
}

function report({ few, many, memory }) {
  const header = ['get', 'with a key/s', 'without/s', 'ratio', 'target', 'µs of the server', 'without']
  const line = (name, { key, open, ratio, processor }) => [
    ...[name, key, open, ratio.toFixed(3), `≥ ${target}`, processor.key, processor.open],
  ]
  printTable(header, [line('one key', few), line(`${manyKeys + 1} keys`, many)])
  console.log(
    `\nMemory after ${badTokens / 10} bad tokens: ${memory.before} MB; after ${badTokens}: ${memory.after} MB`,
  )
  const missed = [
    ...[few, many].filter(({ ratio }) => ratio < target).map(({ ratio }) => `get with a key: ${ratio}`),
    ...(memory.after - memory.before > roomForMemory ? ['memory'] : []),
  ]
  if (missed.length === 0) return
  console.log(`Below the target: ${missed.join(', ')}`)
  process.exitCode = 1
}

async function main() {
  requireBuild()
  const { openDatabase, fillTodos, rows } = await import('./database.mjs')
  const database = await openDatabase()
  await withCleanup(async () => {
    const server = start(moduleAt('servers/postern.mjs'), {
      role: 'server',
      env: { DATABASE_URL: database.url, ...secrets },
    })
    const { port } = await answerOf(server)
    const { pid } = server
    const base = `http://127.0.0.1:${port}`
    const { userId, key: token } = await makeKey(base)
    await openToAnybody(base)
    await fillTodos(database.client, userId)
    const load = start(moduleAt('load.mjs'), { role: 'load' })
    await compare(load, { port, pid, token }, rows)
    const few = await compare(load, { port, pid, token }, rows)
    await fillKeys(database.client, userId)
    await database.client.query('ANALYZE "apiKeys"')
    const many = await compare(load, { port, pid, token }, rows)
    const memory = await measureMemory({ port, pid })
    report({ few, many, memory })
    writeResult({
      keys: { machine: machine(database, pinning.note), date: new Date().toISOString(), few, many, memory },
    })
  }, database.close)
}

main().catch((error) => {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
})

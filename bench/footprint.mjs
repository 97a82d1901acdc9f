// How soon Postern answers after its start, and how much memory it holds at rest, on a real PostgreSQL.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeKey, secrets } from './account.mjs'
import { requireBuild, root } from './built.mjs'
import { keep, stop, withCleanup } from './processes.mjs'
import { machine, median, printTable, round, writeResult } from './result.mjs'

const starts = 5
/** Milliseconds. */
const rest = 5000
const patience = 30_000
const targets = { firstAnswer: 1500, megabytes: 120 }

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** The status of an answer; undefined when nobody listens yet. */
const statusOf = (url, headers) =>
  new Promise((resolve) => {
    const request = http.get(url, { headers, agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    })
    request.on('error', () => resolve(undefined))
  })

async function firstAnswer({ child, said }, url, headers = {}) {
  const end = performance.now() + patience
  while ((await statusOf(url, headers)) !== 200) {
    if (child.exitCode !== null) throw new Error(`Postern ended with ${child.exitCode}: ${said.text}`)
    if (performance.now() > end) throw new Error(`${url} did not answer with 200 in ${patience / 1000} s`)
    await wait(2)
  }
  return performance.now()
}

/** Resident memory in megabytes (10⁶ bytes). */
function memoryOf({ pid }) {
  const [, kilobytes] = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return (Number(kilobytes) * 1024) / 1e6
}

/** Starts it as an operator does: the command, in production, with the plugins that are on by default. */
async function launch({ url, storage }) {
  const port = await freePort()
  const settings = { NODE_ENV: 'production', DATABASE_URL: url, STORAGE_DIR: storage, APP_HOST: '127.0.0.1' }
  const began = performance.now()
  const child = spawn(process.execPath, [join(root, 'packages/core/bin/postern.js'), 'start'], {
    cwd: root,
    env: { ...process.env, ...settings, ...secrets, APP_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = { text: '' }
  child.stderr.setEncoding('utf8').on('data', (text) => (said.text += text))
  keep(child)
  return { child, said, began, base: `http://127.0.0.1:${port}` }
}

/** Starts on an empty database, where everything is made for the first time. */
async function prepare(place) {
  const launched = await launch(place)
  const { child, began, base } = launched
  const health = (await firstAnswer(launched, `${base}/healthz`)) - began
  const ready = (await firstAnswer(launched, `${base}/readyz`)) - began
  const { userId, key } = await makeKey(base)
  await stop(child)
  return { key, userId, health, ready }
}

async function measure(place, key) {
  const launched = await launch(place)
  const { child, began, base } = launched
  const health = (await firstAnswer(launched, `${base}/healthz`)) - began
  const api = (await firstAnswer(launched, `${base}/api/todos:list`, { Authorization: `Bearer ${key}` })) - began
  await wait(rest)
  const memory = memoryOf(child)
  await stop(child)
  return { health, api, memory }
}

async function main() {
  requireBuild()
  const { fillTodos, openDatabase } = await import('./database.mjs')
  const database = await openDatabase()
  const storage = await mkdtemp(join(tmpdir(), 'postern-bench-'))
  const place = { url: database.url, storage }
  const cleanup = async () => {
    await database.close()
    await rm(storage, { recursive: true, force: true })
  }
  await withCleanup(async () => {
    const first = await prepare(place)
    await fillTodos(database.client, first.userId)
    const runs = []
    for (let number = 0; number < starts; number++) runs.push(await measure(place, first.key))
    const of = (name, digits) => round(median(runs.map((run) => run[name])), digits)
    const [health, api, memory] = [of('health'), of('api'), of('memory', 1)]
    const atFirst = { health: round(first.health), ready: round(first.ready) }
    printTable(
      ['Postern', 'measured', 'target'],
      [
        ['first 200 of GET /healthz, ms', health, `≤ ${targets.firstAnswer}`],
        ['first 200 of GET /api/todos:list with a key, ms', api, `≤ ${targets.firstAnswer}`],
        ['first start ever: GET /healthz, ms', atFirst.health, ''],
        ['first start ever: GET /readyz, ms', atFirst.ready, ''],
        [`resident ${rest / 1000} s after it was ready, MB`, memory, `≤ ${targets.megabytes}`],
      ],
    )
    const unit = { milliseconds: `median of ${starts}, from spawn`, healthz: health, api, firstStart: atFirst }
    const facts = machine(database, 'not pinned to cores')
    writeResult({ start: { ...unit, machine: facts }, memory: { megabytes: memory, restSeconds: rest / 1000 } })
    const isMissed = api > targets.firstAnswer || memory > targets.megabytes
    if (isMissed && !process.argv.includes('--no-targets')) process.exitCode = 1
  }, cleanup)
}

main().catch((error) => {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
})

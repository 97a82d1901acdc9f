// Measures the API document of 500 collections: `node bench/document.mjs` on the PostgreSQL of DATABASE_URL (or the
// local one). Prints the bytes, and the median time of 30 fetches: whole, and with If-None-Match.
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, parseConfig, silentLogger } from '../packages/core/dist/index.js'
import { openDatabase } from './database.mjs'

const collections = 500
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

const database = await openDatabase()
const settings = { DATABASE_URL: database.url, APP_PORT: '0', INIT_ROOT_PASSWORD: 'a long password' }
const app = await createApp({
  config: parseConfig({ ...settings, STORAGE_DIR: join(tmpdir(), 'postern-document') }),
  mode: 'server',
  log: silentLogger,
})
const { port } = app.address
const agent = new http.Agent({ keepAlive: true })

const ask = (method, path, headers, body) =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    const cpu = process.cpuUsage()
    const request = http.request({ port, method, path, agent, headers }, (response) => {
      const parts = []
      response.on('data', (part) => parts.push(part))
      response.once('end', () => {
        const { user, system } = process.cpuUsage(cpu)
        const ms = performance.now() - started
        resolve({
          status: response.statusCode,
          headers: response.headers,
          bytes: Buffer.concat(parts),
          ms,
          cpu: (user + system) / 1000,
        })
      })
    })
    request.once('error', reject)
    request.end(body)
  })

try {
  for (let number = 0; number < collections; number += 1) {
    const fields = [
      { name: 'title', type: 'string', required: true },
      { name: 'amount', type: 'decimal' },
      { name: 'at', type: 'datetime' },
    ]
    await app.call('collections', 'create', { body: { name: `things${number}`, fields } })
  }
  const signIn = JSON.stringify({ account: 'root', password: settings.INIT_ROOT_PASSWORD })
  const signed = await ask('POST', '/api/auth:signIn', { 'Content-Type': 'application/json' }, signIn)
  const headers = { Authorization: `Bearer ${JSON.parse(signed.bytes).data.token}` }
  const cold = await ask('GET', '/api/openapi.json', headers)
  const results = { collections, bytes: cold.bytes.length, coldMs: Math.round(cold.ms) }
  for (const [name, more] of [
    ['warm', {}],
    ['unchanged', { 'If-None-Match': cold.headers.etag }],
  ]) {
    const answers = []
    for (let count = 0; count < 30; count += 1)
      answers.push(await ask('GET', '/api/openapi.json', { ...headers, ...more }))
    const statuses = [...new Set(answers.map(({ status }) => status))]
    results[name] = {
      statuses,
      medianMs: Number(median(answers.map(({ ms }) => ms)).toFixed(1)),
      medianCpuMs: Number(median(answers.map(({ cpu }) => cpu)).toFixed(1)),
    }
  }
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
} finally {
  agent.destroy()
  await app.stop()
  await database.close()
}

// Measures what a toggle costs: `node --expose-gc bench/toggle.mjs` on the PostgreSQL of DATABASE_URL (or the local one).
// Prints the median time from toggle to effect, the longest request on another resource while 200 requests a second
// come in, and what 200 cycles leave on the heap.
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, defineCollection, definePlugin, f, parseConfig, silentLogger } from '../packages/core/dist/index.js'
import { openDatabase } from './database.mjs'

const things = definePlugin({
  name: 'bench-things',
  collections: [defineCollection('benchThings', { title: f.string() })],
  setup: ({ acl, hooks, jobs, http: web }) => {
    acl.grant('anonymous', 'benchThings', ['list'])
    hooks.before('benchThings:create', () => undefined)
    jobs.every('1h', () => undefined)
    web.router().get('/bench-things', () => undefined)
  },
})

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })
const get = (port, path) =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    http
      .get({ port, path, agent }, (response) => {
        response.resume()
        response.once('end', () => resolve({ status: response.statusCode, ms: performance.now() - started }))
      })
      .once('error', reject)
  })

const database = await openDatabase()
const settings = { DATABASE_URL: database.url, APP_PORT: '0', INIT_ROOT_PASSWORD: 'a long password', PLUGINS: 'none' }
const app = await createApp({
  config: parseConfig({ ...settings, STORAGE_DIR: join(tmpdir(), 'postern-toggle') }),
  mode: 'server',
  log: silentLogger,
  plugins: [things],
})
const { port } = app.address
try {
  await app.call('collections', 'create', { body: { name: 'others', fields: [{ name: 'title', type: 'string' }] } })
  await app.call('grants', 'create', { body: { role: 'anonymous', resource: 'others', actions: ['list'] } })
  await app.plugins.enable('bench-things', 'bench')

  const answers = []
  const load = setInterval(() => void get(port, '/api/others:list').then((answer) => answers.push(answer)), 5)
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const quiet = answers.splice(0)
  const toggles = []
  for (let round = 0; round < 30; round++) {
    for (const action of ['disable', 'enable']) {
      const started = performance.now()
      await app.plugins[action]('bench-things', 'bench')
      toggles.push(performance.now() - started)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
  }
  clearInterval(load)
  await new Promise((resolve) => setTimeout(resolve, 300))

  const heap = () => (globalThis.gc?.(), globalThis.gc?.(), process.memoryUsage().heapUsed / 1e6)
  const before = heap()
  for (let round = 0; round < 200; round++) {
    await app.plugins.disable('bench-things', 'bench')
    await app.plugins.enable('bench-things', 'bench')
  }
  const longest = (list) => Math.round(Math.max(...list.map(({ ms }) => ms)))
  console.log(
    `requests under toggles: ${answers.length}, not 200: ${answers.filter(({ status }) => status !== 200).length}`,
  )
  console.log(`longest request: ${longest(answers)} ms under toggles, ${longest(quiet)} ms without`)
  console.log(`toggle to effect: median ${median(toggles).toFixed(1)} ms of ${toggles.length}`)
  console.log(
    `heap after 200 cycles: ${(heap() - before).toFixed(1)} MB more${globalThis.gc ? '' : ' (without --expose-gc this says little)'}`,
  )
} finally {
  agent.destroy()
  await app.stop()
  await database.close()
}

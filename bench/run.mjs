// `pnpm bench`: Postern beside a bare node:http handler and a bare Koa server, on one machine, in one run, interleaved.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeKey, secrets, wrongKey } from './account.mjs'
import { requireBuild } from './built.mjs'
import { cellNames, requestOf, serverNames, targetConnections, targets } from './cells.mjs'
import { answerOf, pinning, start, withCleanup } from './processes.mjs'
import { machine, median, printTable, round, writeResult } from './result.mjs'

const usage = `Usage: node bench/run.mjs [--only get,list] [--rounds 7] [--connections 1,32] [--no-targets]

  --only         cells to measure: ${cellNames.join(', ')}
  --rounds       rounds of which the median is taken
  --connections  numbers of connections to measure with
  --no-targets   only measure; otherwise a missed target (at ${targetConnections} connections) exits with 1`

/** Milliseconds. */
const slice = { warmUp: 60, duration: 300 }
const firstWarmUp = 400

function readOptions() {
  const refuse = (problem) => {
    console.error(`${problem}\n\n${usage}`)
    process.exit(2)
  }
  const text = { type: 'string' }
  const flag = { type: 'boolean', default: false }
  const options = { only: text, rounds: text, connections: text, 'no-targets': flag, help: flag }
  let values
  try {
    values = parseArgs({ options }).values
  } catch (error) {
    refuse(error.message)
  }
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const cells = values.only?.split(',') ?? cellNames
  const unknown = cells.find((cell) => !cellNames.includes(cell))
  if (unknown !== undefined) refuse(`There is no cell "${unknown}"`)
  const number = (value, name) =>
    /^[1-9]\d{0,3}$/.test(value) ? Number(value) : refuse(`--${name} takes numbers from 1`)
  const connections = (values.connections ?? '1,32').split(',').map((value) => number(value, 'connections'))
  const rounds = number(values.rounds ?? '7', 'rounds')
  return { cells: cellNames.filter((cell) => cells.includes(cell)), connections, rounds, judged: !values['no-targets'] }
}

const moduleAt = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Starts the three, one after another: Postern makes the table that the others read. */
async function startServers({ url, client, fillTodos }) {
  const env = { DATABASE_URL: url, ...secrets }
  const launch = (name) => answerOf(start(moduleAt(`servers/${name}.mjs`), { role: 'server', env }))
  const postern = await launch('postern')
  const { userId, key } = await makeKey(`http://127.0.0.1:${postern.port}`)
  await fillTodos(client, userId)
  const [node, koa] = [await launch('node'), await launch('koa')]
  return { postern: { ...postern, token: key, wrongToken: wrongKey(key) }, node, koa }
}

class Bench {
  /** `cell connections server` → requests per second, one entry a round */
  #rates = new Map()

  constructor({ servers, database, load, rows, trimTodos }) {
    Object.assign(this, { servers, database, load, rows, trimTodos })
  }

  async measure(cell, connections, server, { warmUp, duration } = slice) {
    const { port } = this.servers[server]
    const request = requestOf(cell, this.servers[server], this.rows)
    const answer = answerOf(this.load)
    this.load.send({ server, cell, port, connections, warmUp, duration, request, expected: cell === '401' ? 401 : 200 })
    const { rate } = await answer
    if (cell === 'create') await this.trimTodos(this.database.client)
    return rate
  }

  /** All servers in every cell, close to one another in time; who begins changes from round to round. */
  async round(number, { cells, connections }) {
    const order = serverNames.map((_, index) => serverNames[(index + number) % serverNames.length])
    for (const count of connections) {
      for (const cell of cells) {
        for (const server of order) {
          const key = `${cell} ${count} ${server}`
          const rate = await this.measure(cell, count, server)
          this.#rates.set(key, [...(this.#rates.get(key) ?? []), rate])
        }
      }
    }
  }

  /**
   * Medians over the rounds; those of the ratios too, each of which is of slices that lie side by side: what else the
   * machine does then slows both, and is not taken for a difference between them.
   */
  result(cell, connections) {
    const [postern, node, koa] = serverNames.map((server) => this.#rates.get(`${cell} ${connections} ${server}`))
    const ratio = (others) => round(median(postern.map((rate, number) => rate / others[number])), 3)
    const rates = { postern: round(median(postern)), node: round(median(node)), koa: round(median(koa)) }
    return { cell, connections, ...rates, ratioNode: ratio(node), ratioKoa: ratio(koa) }
  }
}

/** The comparison is worth nothing unless the bare servers send what Postern sends. */
async function checkStatements(bench, { cells }, { lastStatementsOfPostern }) {
  const { statements } = await import('./servers/statements.mjs')
  const sentIn = { list: ['page', 'count'], listNoCount: ['page'], get: ['one'], create: ['insert'], 401: [] }
  for (const cell of cells) {
    await bench.measure(cell, 1, 'postern', { warmUp: 0, duration: 20 })
    const sent = await lastStatementsOfPostern(bench.database.client)
    const missing = sentIn[cell].find((name) => !sent.includes(statements[name]))
    if (missing === undefined) continue
    throw new Error(`In the cell ${cell} Postern does not send\n${statements[missing]}\nbut one of\n${sent.join('\n')}`)
  }
}

const isMissed = ({ cell, connections, ratioNode }) => connections === targetConnections && ratioNode < targets[cell]

function report(results, judged) {
  const header = ['cell', 'connections', 'postern/s', 'node/s', 'koa/s', '× node', '× koa', 'target']
  const rows = results.map((result) => {
    const { cell, connections, postern, node, koa, ratioNode, ratioKoa } = result
    const target = connections === targetConnections ? `≥ ${targets[cell].toFixed(1)}` : ''
    const numbers = [postern, node, koa, ratioNode.toFixed(2), ratioKoa.toFixed(2)]
    return [cell, connections, ...numbers, isMissed(result) ? `${target} MISSED` : target]
  })
  printTable(header, rows)
  const missed = results.filter(isMissed)
  if (missed.length > 0) console.log(`\nBelow the target: ${missed.map(({ cell }) => cell).join(', ')}`)
  if (judged && missed.length > 0) process.exitCode = 1
}

async function main() {
  const options = readOptions()
  requireBuild()
  const { openDatabase, ...todos } = await import('./database.mjs')
  const database = await openDatabase()
  const began = performance.now()
  await withCleanup(async () => {
    const facts = machine(database, pinning.note)
    console.log(
      `Node ${facts.node}, PostgreSQL ${facts.postgres} (${facts.postgresKind}), ${facts.cores} × ${facts.cpu}`,
    )
    console.log(facts.pinned)
    if (facts.loadAverage > facts.cores / 2)
      console.log(`The machine is busy (load ${facts.loadAverage}): results will be uneven`)
    const servers = await startServers({ ...database, ...todos })
    const load = start(moduleAt('load.mjs'), { role: 'load' })
    const bench = new Bench({ servers, database, load, ...todos })
    await checkStatements(bench, options, todos)
    for (const cell of options.cells) {
      for (const server of serverNames) await bench.measure(cell, 32, server, { warmUp: 0, duration: firstWarmUp })
    }
    for (let number = 1; number <= options.rounds; number++) {
      await bench.round(number, options)
      console.log(`round ${number} of ${options.rounds} done after ${round((performance.now() - began) / 1000)} s`)
    }
    const cells = options.connections.flatMap((count) => options.cells.map((cell) => bench.result(cell, count)))
    report(cells, options.judged)
    writeResult({ machine: facts, date: new Date().toISOString(), rounds: options.rounds, cells })
  }, database.close)
  if (options.cells.length < cellNames.length) return
  for (const more of ['keys.mjs', 'spaces.mjs']) {
    const { status } = spawnSync(process.execPath, [moduleAt(more)], { stdio: 'inherit' })
    if (options.judged && status !== 0) process.exitCode = 1
  }
}

main().catch((error) => {
  console.error(`bench: ${error.message}`)
  process.exitCode = 1
})

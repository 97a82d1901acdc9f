// What the two bare servers do with todos: Postern's statements, prepared, over a plain pool of pg.
import { packageOfCore } from '../built.mjs'
import { statements } from './statements.mjs'

const pg = packageOfCore('pg')
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
pool.on('error', (error) => console.error(error))

const run = (name, values) => pool.query({ name, text: statements[name], values })

export async function list() {
  const [data, counted] = await Promise.all([run('page', [20]), run('count', [])])
  const count = Number(counted.rows[0].count)
  return { data: data.rows, meta: { count, page: 1, pageSize: 20, totalPage: Math.ceil(count / 20) } }
}

export async function listWithoutCount() {
  const { rows } = await run('page', [21])
  return { data: rows.slice(0, 20), meta: { page: 1, pageSize: 20, hasNext: rows.length > 20 } }
}

export async function get(id) {
  const { rows } = await run('one', [id])
  return { data: rows[0] }
}

export async function create({ title, completed = null }) {
  const now = new Date().toISOString()
  const { rows } = await run('insert', [now, now, null, null, title, completed])
  return { data: rows[0] }
}

export const refusal = JSON.stringify({
  errors: [{ message: 'Your session has expired. Please sign in again.', code: 'INVALID_TOKEN' }],
})

/** The body of a request, parsed. */
export function readBody(request) {
  return new Promise((resolve, reject) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      try {
        resolve(JSON.parse(text))
      } catch (error) {
        reject(error)
      }
    })
    request.on('error', reject)
  })
}

/** Listens on a free port and tells the parent; ends with it. */
export function announce(server, message) {
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port, ...message }))
  process.once('disconnect', () => process.exit())
}

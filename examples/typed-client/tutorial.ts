// The to-do tutorial, fully typed: every path, parameter, member and answer comes from the server's own document.
//
//   node tutorial.js http://localhost:13000 "$KEY"
import createClient from 'openapi-fetch'
import type { components, paths } from './api.js'

type Todo = components['schemas']['todos']

/** Filters are sent as JSON texts. */
const where = (filter: components['schemas']['todos.filter']): string => JSON.stringify(filter)

const [base = '', key = ''] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl: `${base}/api`, headers: { Authorization: `Bearer ${key}` } })

/** An answer that has to be a success. */
function dataOf<T>({ data, error }: { data?: T; error?: components['schemas']['Error'] }): T {
  if (data === undefined) throw new Error(error?.errors[0]?.message ?? 'no answer')
  return data
}

const line = ({ id, title, completed }: Todo): string => `${id}. [${completed ? 'x' : ' '}] ${title}`

dataOf(await client.POST('/todos:create', { body: ['eat food', 'sleep', 'play games'].map((title) => ({ title })) }))

const first = dataOf(await client.GET('/todos:list', { params: { query: { sort: ['id'], pageSize: 1 } } }))
const filterByTk = first.data[0]?.id ?? 0
dataOf(await client.POST('/todos:update', { params: { query: { filterByTk } }, body: { completed: true } }))

const open = dataOf(
  await client.GET('/todos:list', {
    params: { query: { filter: where({ completed: { $isFalsy: true } }), sort: ['id'] } },
  }),
)
const all = dataOf(
  await client.GET('/todos:list', { params: { query: { sort: ['id'], fields: ['id', 'title', 'completed'] } } }),
)
console.log(all.data.map(line).join('\n'))
console.log(`${open.meta?.count} of ${all.meta?.count} are open`)

// @ts-expect-error There is no such field, and the compiler knows.
const { error } = await client.POST('/todos:create', { body: { titel: 'tidy up' } })
console.log(error?.errors.map(({ code, path }) => `${code} ${path}`).join(', '))

dataOf(await client.POST('/todos:destroy', { params: { query: { filter: where({ completed: true }) } } }))
// @ts-expect-error There is no such action either.
await client.GET('/todos:everything')

// The document as a collection of Postman, run with newman.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { ReceivedJson, TestApp } from '@postern/testkit'
import { createDocApp, documentOf, sessionOf } from './doc-app.js'

const run = promisify(execFile)
const bin = (name: string): string => fileURLToPath(new URL(`../../../node_modules/.bin/${name}`, import.meta.url))

let app: TestApp
let folder: string

beforeAll(async () => {
  app = await createDocApp()
  folder = await mkdtemp(join(tmpdir(), 'postern-postman-'))
})
afterAll(async () => {
  await app?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** Requests in folders of folders. */
const requestsIn = (item: ReceivedJson): ReceivedJson[] => (item.item ? item.item.flatMap(requestsIn) : [item])

/** As a person would go through them: what makes records first, what removes them last. */
const rank = ({ name, request }: ReceivedJson): number => {
  const path = String(request.url.path?.at(-1) ?? name)
  return path.endsWith(':create') ? 0 : path.endsWith(':destroy') ? 2 : 1
}

/** What a person ticks: which record, and what is to be computed. The rest may be left as it is. */
const ticked = ['filterByTk', 'measures', 'filterKeys']
const withTicks = ({ request, ...rest }: ReceivedJson): ReceivedJson => ({
  ...rest,
  request: {
    ...request,
    auth: undefined,
    url: {
      ...request.url,
      query: request.url.query?.map((one: ReceivedJson) => ({
        ...one,
        disabled: !ticked.includes(one.key),
        // The converter makes no JSON text of an example that is JSON.
        ...(one.key === 'measures' ? { value: '[{"aggregation":"count"}]' } : {}),
      })),
    },
  },
})

const isRight = "pm.test('is a success', () => pm.expect(pm.response.code).to.equal(200))"

it('runs green', async () => {
  const token = await sessionOf(app, 'ed', ['editor'])
  const at = (name: string): string => join(folder, name)
  await writeFile(at('openapi.json'), JSON.stringify(await documentOf(app, token, 'collections/todos')))
  const options = 'parametersResolution=Example,enableOptionalParameters=false,folderStrategy=Tags'
  await run(bin('openapi2postmanv2'), ['-s', at('openapi.json'), '-o', at('made.json'), '-O', options])
  const collection: ReceivedJson = JSON.parse(await readFile(at('made.json'), 'utf8'))
  const requests = requestsIn(collection).toSorted((a, b) => rank(a) - rank(b))
  expect(requests.length).toBe(8)
  const ready = requests.map((request) => ({
    ...request,
    event: [{ listen: 'test', script: { type: 'text/javascript', exec: [isRight] } }],
  }))
  const auth = { type: 'bearer', bearer: [{ key: 'token', value: token, type: 'string' }] }
  const variable = [{ key: 'baseUrl', value: `${app.url}/api` }]
  await writeFile(at('collection.json'), JSON.stringify({ ...collection, item: ready.map(withTicks), auth, variable }))
  const report = await run(bin('newman'), [
    'run',
    at('collection.json'),
    '--reporters',
    'json',
    '--reporter-json-export',
    at('report.json'),
  ]).catch((error: ReceivedJson) => error)
  const { run: result }: ReceivedJson = JSON.parse(await readFile(at('report.json'), 'utf8'))
  const failures = result.failures.map(({ source, error }: ReceivedJson) => `${source?.name}: ${error.message}`)
  const answers = result.executions.map(({ item, response }: ReceivedJson) => {
    const text = Buffer.from(response?.stream?.data ?? []).toString()
    return `${item.name} ${response?.code} ${response?.code === 200 ? '' : text}`
  })
  expect({ failures: failures.length === 0 ? [] : [...failures, ...answers], code: report.code }).toMatchObject({
    failures: [],
  })
  expect(result.stats.assertions).toMatchObject({ total: 8, failed: 0 })
}, 120_000)

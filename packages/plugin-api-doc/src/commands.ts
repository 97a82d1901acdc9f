import {
  combineErrors,
  systemPrincipal,
  wire,
  type CommandSpec,
  type DatabaseHandle,
  type Principal,
} from '@postern/core'
import type { DocumentQuery, DocumentSource } from './document-source.js'
import { apiDocErrors } from './verify/errors.js'
import { documentFaults } from './verify/document-faults.js'
import { verify } from './verify/verify.js'

interface CommandParts {
  readonly source: DocumentSource
  readonly db: DatabaseHandle
  readonly prefix: string
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Somebody with a key for a role; whoever may do everything when none is named. @throws 404 */
async function readerOf(role: string | undefined, db: DatabaseHandle): Promise<Principal> {
  if (role === undefined) return systemPrincipal
  const { count } = await db.sql`SELECT 1 FROM roles WHERE name = ${role}`
  if (count === 0) throw wire.NOT_FOUND({ hint: `: there is no role "${role}"` })
  return { kind: 'apiKey', userId: null, roles: [role] }
}

/** `X-Space: 1`, …, by name. @throws API_DOC_BAD_HEADER */
const headersIn = (given: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (Array.isArray(given) ? given : []).map((line: unknown) => {
      const [, name, value] = /^([\w-]+):[ \t]*([^\r\n]*)$/.exec(text(line) ?? '') ?? []
      if (name === undefined || value === undefined) throw apiDocErrors.BAD_HEADER({ line: text(line) ?? '' })
      return [name, value]
    }),
  )

/** @throws API_DOC_WRONG naming each fault */
function refuseFaults(faults: readonly string[]): void {
  const [first, ...rest] = faults.map((problem) => apiDocErrors.WRONG({ problem }))
  if (first) throw combineErrors([first, ...rest])
}

async function documentFor(source: DocumentSource, reader: Principal, query: DocumentQuery = {}): Promise<unknown> {
  const { json } = await source.document(reader, query)
  return JSON.parse(json?.text ?? 'null')
}

const roleOption = { flags: '--role <role>', description: 'as whoever has this role reads it; without it all of it' }

const print = ({ source, db }: CommandParts): CommandSpec => ({
  summary: 'Print the OpenAPI document, as one role reads it or all of it',
  options: [
    { flags: '--ns <part>', description: 'core, plugins, plugins/<name>, collections or collections/<name>' },
    roleOption,
    { flags: '--openapi <version>', description: '3.1, or 3.0 for tools that read nothing newer' },
  ],
  example: 'postern openapi print --ns collections/todos --role member',
  run: async ({ options }) => {
    const reader = await readerOf(text(options['role']), db)
    const version = options['openapi'] === '3.0' ? '3.0' : '3.1'
    const json = await documentFor(source, reader, { part: text(options['ns']), version })
    return { json, text: JSON.stringify(json, null, 2) }
  },
})

const validate = ({ source, db }: CommandParts): CommandSpec => ({
  summary: 'Check the document itself: its form, references, ids and examples',
  options: [roleOption],
  example: 'postern openapi validate',
  run: async ({ options }) => {
    const reader = await readerOf(text(options['role']), db)
    refuseFaults(documentFaults(await documentFor(source, reader)))
    return { json: { valid: true }, text: 'The document is valid.' }
  },
})

const verifyCommand = ({ prefix }: CommandParts): CommandSpec => ({
  summary: 'Call what the document of a running server says may be called, and compare the answers with it',
  options: [
    { flags: '--base <url>', description: 'where the server is, such as http://localhost:13000', required: true },
    { flags: '--key <key>', description: 'an API key, or any other credential', required: true },
    { flags: '--header <name>', description: 'the header that carries it, when that is not Authorization' },
    {
      flags: '--send <header>',
      description: "another header, such as 'X-Space: 1'; may be repeated",
      repeatable: true,
    },
    { flags: '--write', description: 'what writes too, on records that it makes and removes itself' },
  ],
  example: 'postern openapi verify --base http://localhost:13000 --key "$KEY"',
  run: async ({ options }) => {
    const outcomes = await verify({
      base: text(options['base']) ?? '',
      key: text(options['key']) ?? '',
      header: (text(options['header']) ?? 'authorization').toLowerCase(),
      also: headersIn(options['send']),
      prefix,
      write: options['write'] === true,
    })
    refuseFaults(outcomes.flatMap(({ faults }) => faults))
    const called = outcomes.filter(({ leftOut }) => leftOut === null)
    const left = outcomes.filter(({ leftOut }) => leftOut !== null)
    const lines = left.map(({ operation, leftOut }) => `not called: ${operation}: ${leftOut ?? ''}`)
    return {
      json: { called, leftOut: left },
      text: [...lines, `${called.length} calls, and each answer is as the document says.`].join('\n'),
    }
  },
})

export const openapiCommands = (parts: CommandParts): Readonly<Record<string, CommandSpec>> => ({
  'openapi print': print(parts),
  'openapi validate': validate(parts),
  'openapi verify': verifyCommand(parts),
})

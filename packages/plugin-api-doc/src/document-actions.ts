import { defineAction, Reply, type ActionCall } from '@postern/core'
import { z } from 'zod'
import type { DocumentQuery, DocumentSource } from './document-source.js'
import { versions } from './document/openapi-3-0.js'

const versionForm = z.enum(versions).describe('The version of OpenAPI that it is written in; 3.1 without it.')
const namespaceForm = z
  .string()
  .describe('`core`, `plugins`, `plugins/<name>`, `collections` or `collections/<name>`; all of it without one.')

/** An OpenAPI document, as far as its own schema goes. */
const documentForm = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({}),
  paths: z.looseObject({}),
})

const knows = (header: string | undefined, etag: string): boolean =>
  header !== undefined && header.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))

/** Rights differ, so caches in between must ask each time; whoever has the document gets 304. */
async function answer(
  source: DocumentSource,
  { request, principal }: ActionCall,
  query: DocumentQuery,
): Promise<Reply> {
  const has = (etag: string): boolean => knows(request.header('if-none-match'), etag)
  const { json, etag, vary } = await source.document(principal, { ...query, has })
  const headers = {
    ETag: etag,
    'Cache-Control': 'private, no-cache',
    Vary: vary.join(', '),
  }
  return json ? new Reply(json, 200, headers) : new Reply(undefined, 304, headers)
}

/** `swagger:get`, `swagger:getUrls`. */
export const documentActions = (source: DocumentSource, prefix: string) => ({
  get: defineAction({
    summary: 'The OpenAPI document of what you may call, or of a part of it',
    reads: true,
    input: z.object({ ns: namespaceForm.optional(), openapi: versionForm.optional() }),
    document: { answer: { form: 'whole', of: documentForm }, errors: ['NOT_FOUND'] },
    run: (call) => answer(source, call, { part: call.input.ns, version: call.input.openapi }),
  }),
  getUrls: defineAction({
    summary: 'The parts that have a document of their own',
    reads: true,
    output: z.array(z.object({ name: z.string(), url: z.string() })),
    run: async ({ principal }) => [
      { name: 'all', url: `${prefix}/swagger:get` },
      ...(await source.namespaces(principal)).map(({ name }) => ({ name, url: `${prefix}/swagger:get?ns=${name}` })),
    ],
  }),
})

/** `GET /api/openapi.json`: the spelling of REST for listing a resource of this name. */
export const wholeDocument = (source: DocumentSource) => ({
  list: defineAction({
    summary: 'The OpenAPI document of what you may call',
    reads: true,
    input: z.object({ openapi: versionForm.optional() }),
    document: { path: '/openapi.json', answer: { form: 'whole', of: documentForm } },
    run: (call) => answer(source, call, { version: call.input.openapi }),
  }),
})

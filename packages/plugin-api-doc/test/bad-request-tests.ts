// Requests made from the schemas of the document, each with one fault.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp } from '@postern/testkit'
import { badRequests, Contract, requiredQuery } from './contract.js'
import { documentOf, rootSession } from './doc-app.js'
import { createExampleApp } from './example-app.js'

/** The operations are divided between two files, so that neither takes long. */
export function badRequestTests(half: 0 | 1): void {
  let app: TestApp
  let root: string
  let contract: Contract

  beforeAll(async () => {
    app = await createExampleApp()
    root = await rootSession(app)
    contract = new Contract(app, await documentOf(app, root), root)
  }, 60_000)
  afterAll(() => app?.close())

  describe('what the schemas refuse is 400 with the path of the fault', () => {
    it('in bodies', async () => {
      const author = await app.as('root').call('authors', 'create', { name: 'Eve' })
      // The example of a link names the first book: it must not find one that is there.
      await app.as('root').call('books', 'create', { title: 'First' })
      const book = await app.as('root').call('books', 'create', { title: 'Last', authorId: author.id })
      const tag = await app.as('root').call('tags', 'create', { name: 'green' })
      await app.request('POST', `/api/books/${book.id}/tags:set`, { token: root, body: [tag.id] })
      const space = await app.as('root').call('spaces', 'create', { name: 'S' })
      const made = async (what: string, body: object): Promise<unknown> =>
        (await app.request('POST', `/api/spaces/${space.id}/${what}:create`, { token: root, body })).body.data.id
      const member = await made('members', { userId: (await app.user('max')).id, role: 'viewer' })
      const token = await made('tokens', { name: 'ci' })
      const headers = { 'X-Space': String(space.id) }
      const task = await app.request('POST', '/api/tasks:create', { token: root, headers, body: { title: 'x' } })
      const parents: Readonly<Record<string, unknown>> = {
        spaces: space.id,
        authors: author.id,
        books: book.id,
        users: 1,
        collections: 'todos',
      }
      const keys: Readonly<Record<string, unknown>> = {
        collections: 'todos',
        collections_fields: 'title',
        spaces: space.id,
        spaces_members: member,
        spaces_tokens: token,
        tasks: task.body.data.id,
        authors: author.id,
        books: book.id,
        authors_books: book.id,
        books_tags: tag.id,
        books_author: author.id,
      }
      const wrong: string[] = []
      let count = 0
      const mine = [...contract.operations].filter((_, at) => at % 2 === half)
      for (const [id, found] of mine) {
        const [base = ''] = found.path.slice(1).split(/[/:]/)
        const query = requiredQuery(contract, found, keys[id.slice(0, id.lastIndexOf('_'))])
        for (const { what, path, body } of badRequests(contract, found)) {
          const address = `/api${found.path.replace('{sourceId}', String(parents[base]))}?${query}`
          const answer = await app.request(found.method, address, { token: root, headers, body })
          count++
          const paths = (answer.body?.errors ?? []).map((error: { path?: string }) => error.path ?? '')
          const isRight =
            answer.status === 400 && paths.some((one: string) => one === path || one.startsWith(`${path}.`))
          if (!isRight) wrong.push(`${id} ${path} ${what}: ${answer.status} ${answer.text.slice(0, 150)}`)
          else contract.check(id, answer)
        }
      }
      expect(wrong).toEqual([])
      expect(count).toBeGreaterThan(100)
    }, 120_000)
  })
}

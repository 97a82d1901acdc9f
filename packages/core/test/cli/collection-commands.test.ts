import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, type TestDatabase } from '@postern/testkit'
import { CliFolder } from './cli-folder.js'

let database: TestDatabase
let cli: CliFolder

beforeAll(async () => {
  database = await createDatabase()
  cli = await CliFolder.make({ DATABASE_URL: database.url })
})
afterAll(async () => {
  await cli?.remove()
  await database?.drop()
})

describe('migrate', () => {
  it('up: 0 with what ran, and with nothing the second time', async () => {
    const { code, json } = await cli.run('migrate up --json')
    expect(code).toBe(0)
    expect(json.applied.length).toBeGreaterThan(0)
    expect(await cli.run('migrate up')).toMatchObject({ code: 0, stdout: 'Nothing was pending.\n' })
  })

  it('status: 0 with what is done', async () => {
    const { code, json } = await cli.run('migrate status --json')
    expect(code).toBe(0)
    expect(json.migrations[0]).toEqual({ plugin: 'core', name: expect.any(String), state: 'done' })
  })
})

describe('collection', () => {
  it('create: 0, and 4 when there is one of this name', async () => {
    const command = [
      'collection',
      'create',
      'todos',
      'title:string!',
      'completed:boolean',
      '--title',
      'To-dos',
      '--json',
    ]
    const { code, json } = await cli.run(command)
    expect(code).toBe(0)
    expect(json.collection).toMatchObject({
      name: 'todos',
      title: 'To-dos',
      fields: [
        { name: 'title', type: 'string', required: true },
        { name: 'completed', type: 'boolean' },
      ],
    })
    expect((await cli.run(command)).code).toBe(4)
  })

  it('create: 2 when there is no such type, and says which there are', async () => {
    const { code, stderr } = await cli.run('collection create notes title:strng')
    expect(code).toBe(2)
    expect(stderr).toContain('string, text, integer')
  })

  it('list: 0 with the fields as they are written to make one', async () => {
    expect((await cli.run('collection list')).stdout).toMatch(/^todos +To-dos +title:string! completed:boolean$/m)
    const { json } = await cli.run('collection list --json')
    expect(json.collections.map(({ name }: { name: string }) => name)).toEqual(['todos'])
  })
})

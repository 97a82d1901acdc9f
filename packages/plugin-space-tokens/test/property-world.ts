import type { OpenConnection, TestApp, TestUser } from '@postern/testkit'
import fc from 'fast-check'
import apiKeys from '../../plugin-api-keys/src/index.js'
import { openEye } from './first-wall.js'
import {
  addMember,
  createSpaceApp,
  data,
  defineSpaced,
  headersOf,
  makeSpace,
  makeToken,
  post,
  type Caller,
} from './space-app.js'

/** What every text in a space begins with, and no text elsewhere has; no request says that of another space. */
export const markerOf = (space: number): string => `mark${space}x`
/** Of what is written by callers who are in no space: it must be nowhere. */
export const outsider = 'outsider'

/** A credential, and where it says that it is. */
export interface Actor {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly userId: number
  /** Undefined: it names none. */
  readonly space: number | undefined
  readonly kind: 'session' | 'apiKey' | 'spaceToken' | 'root'
  readonly readOnly: boolean
}

export interface SpaceWorld {
  readonly app: TestApp
  readonly eye: OpenConnection
  readonly spaces: readonly number[]
  readonly users: readonly TestUser[]
  readonly actors: readonly Actor[]
}

const roles = ['viewer', 'editor', 'admin'] as const
/** Which of the users is what in which of the spaces, beside the owner of each; `undefined`: nothing. */
const memberships = fc.array(
  fc.array(fc.option(fc.constantFrom(...roles), { nil: undefined }), { minLength: 5, maxLength: 5 }),
  {
    minLength: 3,
    maxLength: 3,
  },
)

export const tables = ['projects', 'tags', 'tasks'] as const
export type Table = (typeof tables)[number]

async function defineCollections(app: TestApp): Promise<void> {
  await defineSpaced(app, 'tags', [{ name: 'name', type: 'string', unique: true }])
  await defineSpaced(app, 'projects', [{ name: 'name', type: 'string' }])
  await defineSpaced(app, 'tasks', [
    { name: 'title', type: 'string', unique: true },
    { name: 'n', type: 'integer' },
    { name: 'sort', type: 'sort' },
    { name: 'project', type: 'belongsTo', target: 'projects' },
    { name: 'tags', type: 'belongsToMany', target: 'tags' },
  ])
  const field = { name: 'tasks', type: 'hasMany', target: 'tasks', foreignKey: 'projectId', onDelete: 'CASCADE' }
  await app.application.call('collections.fields', 'create', { sourceId: 'projects', body: field })
}

/** The credentials of one user: his session and a key, in each space, in one that is not there, and without saying where. */
async function actorsOf(app: TestApp, user: TestUser, spaces: readonly number[]): Promise<Actor[]> {
  const key = await data(post(app, user, 'apiKeys:create', { name: 'key', role: 'worker' }))
  const credentials = [
    { kind: 'session', token: user.token },
    { kind: 'apiKey', token: String(key.token) },
  ] as const
  return credentials.flatMap(({ kind, token }) =>
    [...spaces, undefined, 999_999].map((space) => ({
      ...{ name: `${kind} of ${user.username} in ${space ?? 'none'}`, userId: user.id, space, kind, readOnly: false },
      headers: { ...headersOf(space === undefined ? {} : { space }), Authorization: `Bearer ${token}` },
    })),
  )
}

async function tokensIn(app: TestApp, owner: TestUser, space: number): Promise<Actor[]> {
  const limits = [{}, { readOnly: true }, { scopes: [{ resource: 'tasks', actions: ['list', 'get', 'create'] }] }]
  const actors: Actor[] = []
  for (const body of limits) {
    const headers = headersOf(await makeToken(app, { token: owner.token, space }, space, body))
    const name = `token ${JSON.stringify(body)} of ${space}`
    actors.push({ name, headers, userId: owner.id, space, kind: 'spaceToken', readOnly: 'readOnly' in body })
  }
  return actors
}

/** Three spaces, each with an owner of its own, five users who are something in some of them, and all their credentials. */
export async function createSpaceWorld(seed: number): Promise<SpaceWorld> {
  const app = await createSpaceApp({ plugins: [apiKeys] })
  await defineCollections(app)
  for (const table of tables) await app.grant('worker', table, ['*'])
  const users: TestUser[] = []
  for (let index = 0; index < 5; index++) users.push(await app.user(`user${index}`, { roles: ['worker'] }))
  const [matrix = []] = fc.sample(memberships, { numRuns: 1, seed })
  const spaces: number[] = []
  const tokens: Actor[] = []
  for (const [index, row] of matrix.entries()) {
    const owner = users[index]
    if (!owner) throw new Error('there are more users than spaces')
    const caller: Caller = { token: owner.token }
    const space = await makeSpace(app, caller, 'new')
    await data(post(app, caller, `spaces:update/${space}`, { name: `${markerOf(space)} space` }))
    spaces.push(space)
    for (const [place, role] of row.entries()) {
      const user = users[place]
      if (user && role && user !== owner) await addMember(app, caller, space, user, role)
    }
    tokens.push(...(await tokensIn(app, owner, space)))
  }
  const actors = [...tokens]
  for (const user of users) actors.push(...(await actorsOf(app, user, spaces)))
  const root = await app.signIn('root')
  for (const space of spaces) {
    const headers = { ...headersOf({ space }), Authorization: `Bearer ${root}` }
    actors.push({ name: `root in ${space}`, headers, userId: 1, space, kind: 'root', readOnly: false })
  }
  return { app, eye: await openEye(app), spaces, users, actors }
}

/** The same records at the beginning of every run: in each space two projects, three tags and four tasks. */
export async function resetRecords({ eye, spaces }: SpaceWorld): Promise<void> {
  await eye.run('TRUNCATE tasks, projects, tags, "tagsTasks" RESTART IDENTITY')
  const stamps = '"createdAt", "updatedAt", "spaceId"'
  for (const space of spaces) {
    const values = `now(), now(), ${space}, '${markerOf(space)} ' || n`
    await eye.run(`INSERT INTO projects (${stamps}, name) SELECT ${values} FROM generate_series(1, 2) AS n`)
    await eye.run(`INSERT INTO tags (${stamps}, name) SELECT ${values} FROM generate_series(1, 3) AS n`)
    await eye.run(`INSERT INTO tasks (${stamps}, title, n, sort, "projectId")
      SELECT ${values} || ' apple', n, n, (SELECT min(id) FROM projects WHERE "spaceId" = ${space}) + n % 2 FROM generate_series(1, 4) AS n`)
    await eye.run(`INSERT INTO "tagsTasks" ("taskId", "tagId")
      SELECT tasks.id, tags.id FROM tasks JOIN tags USING ("spaceId") WHERE "spaceId" = ${space} AND (tasks.id + tags.id) % 2 = 0`)
  }
}

/** Everything that is in the spaces, and who is what there. */
export interface State {
  /** Of each table: the space of each record. */
  readonly places: Readonly<Record<Table, ReadonlyMap<number, number>>>
  /** Of each space: all of its rows. */
  readonly content: ReadonlyMap<number, string>
  /** `<space>/<user>` → role */
  readonly roles: ReadonlyMap<string, string>
}

const everything = `
  SELECT 'projects' AS "table", "spaceId"::int AS space, id::int, row_to_json(projects)::text AS text FROM projects
  UNION ALL SELECT 'tags', "spaceId", id, row_to_json(tags)::text FROM tags
  UNION ALL SELECT 'tasks', "spaceId", id, row_to_json(tasks)::text FROM tasks
  UNION ALL SELECT 'links', "spaceId", 0, row_to_json("tagsTasks")::text FROM "tagsTasks" JOIN tasks ON tasks.id = "taskId"
  UNION ALL SELECT 'links', "spaceId", 1, row_to_json("tagsTasks")::text FROM "tagsTasks" JOIN tags ON tags.id = "tagId"
  UNION ALL SELECT 'members', "spaceId", "userId", role FROM "spaceMembers"
  UNION ALL SELECT 'spaces', id, id, name FROM spaces
  ORDER BY 1, 2, 3, 4`

export async function look({ eye, spaces }: SpaceWorld): Promise<State> {
  const places = {
    projects: new Map<number, number>(),
    tags: new Map<number, number>(),
    tasks: new Map<number, number>(),
  }
  const content = new Map(spaces.map((space) => [space, '']))
  const found = new Map<string, string>()
  for (const row of await eye.run(everything)) {
    const [table, space, id, text] = [
      String(row['table']),
      Number(row['space']),
      Number(row['id']),
      String(row['text']),
    ]
    content.set(space, `${content.get(space) ?? ''}${table} ${id} ${text}\n`)
    const known = tables.find((name) => name === table)
    if (known) places[known].set(id, space)
    if (table === 'members') found.set(`${space}/${id}`, text)
  }
  return { places, content, roles: found }
}

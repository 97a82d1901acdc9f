import { markerOf, outsider, type Actor, type SpaceWorld, type State, type Table, tables } from './property-world.js'

/** Numbers that stand for choices: who, what, and with which records. */
export interface Drawn {
  readonly who: number
  readonly what: number
  readonly x: number
  readonly y: number
  readonly z: number
}

export interface Request {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  /** The record that its address names: whose answer must be that of one which never was, where it is in another space. */
  readonly names?: { readonly table: Table; readonly id: number }
  /** The table whose records the answer lists, and whether all of them are asked for. */
  readonly lists?: { readonly table: Table; readonly whole: boolean }
  /** It changes members: then it needs no records. */
  readonly manages?: boolean
}

interface Scene {
  readonly x: number
  readonly y: number
  readonly z: number
  /** A record of any space. */
  readonly any: (table: Table, by: number) => number
  readonly text: (word: string) => string
  readonly space: number
  readonly spaceName: string
  readonly user: number
}

const query = (value: unknown): string => encodeURIComponent(JSON.stringify(value))
const words = ['apple', 'pear', 'plum']
const named = (method: string, path: string, table: Table, id: number, body?: unknown): Request => ({
  ...{ method, path: path.replace('#', String(id)), names: { table, id } },
  ...(body === undefined ? {} : { body }),
})

const filters = ({ any, x, y }: Scene): readonly object[] => [
  { title: { $includes: words[x % 3] } },
  { project: { id: any('projects', y) } },
  { tags: { id: { $in: [any('tags', x), any('tags', y)] } } },
  { $or: [{ id: any('tasks', x) }, { projectId: any('projects', y) }] },
  { $not: { n: x % 5 } },
  { spaceId: { $gt: 0 } },
  { project: { tasks: { id: any('tasks', y) } } },
]
const filterOf = (scene: Scene): string => query(filters(scene)[scene.z % 7] ?? {})

const sorts = ['-n', 'title', 'project.name', '-project.name,n', '-sort', 'id']
const appended = ['project', 'tags', 'project,tags', 'project.tasks', 'tags.tasks,createdBy', 'project.tasks.tags']

const reading: readonly ((scene: Scene) => Request)[] = [
  () => ({ method: 'GET', path: '/api/tasks:list', lists: { table: 'tasks', whole: true } }),
  ({ x }) => ({
    method: 'GET',
    path: `/api/${tables[x % 3]}:list?pageSize=2&page=${1 + (x % 4)}`,
    lists: { table: tables[x % 3] ?? 'tags', whole: true },
  }),
  (scene) => ({
    method: 'GET',
    path: `/api/tasks:list?filter=${filterOf(scene)}&sort=${sorts[scene.x % 6]}`,
    lists: { table: 'tasks', whole: false },
  }),
  ({ x, y }) => ({
    method: 'GET',
    path: `/api/tasks:list?appends=${appended[x % 6]}&sort=${sorts[y % 6]}&pageSize=3`,
    lists: { table: 'tasks', whole: true },
  }),
  ({ x }) => ({
    method: 'GET',
    path: `/api/tasks:list?fields=id,project.id,tags.id&sort=${sorts[x % 6]}`,
    lists: { table: 'tasks', whole: true },
  }),
  ({ x }) => ({
    method: 'GET',
    path: `/api/tasks:list?paginate=false&sort=${sorts[x % 6]}`,
    lists: { table: 'tasks', whole: false },
  }),
  ({ any, x, y }) => named('GET', `/api/tasks:get/#?appends=${appended[y % 6]}`, 'tasks', any('tasks', x)),
  ({ any, x }) => named('GET', '/api/projects:get/#?appends=tasks', 'projects', any('projects', x)),
  ({ any, x }) => named('GET', '/api/projects/#/tasks:list', 'projects', any('projects', x)),
  ({ any, x }) => named('GET', '/api/tasks/#/tags:list', 'tasks', any('tasks', x)),
  ({ any, x }) => named('GET', '/api/tasks/#/project:get', 'tasks', any('tasks', x)),
  () => ({
    method: 'POST',
    path: '/api/tasks:query',
    body: { measures: [{ field: 'id', aggregation: 'count', alias: 'count' }] },
  }),
  (scene) => ({
    method: 'POST',
    path: '/api/tasks:query',
    body: {
      dimensions: [{ field: 'title' }, { field: 'projectId' }],
      measures: [{ field: 'n', aggregation: 'max', alias: 'most' }],
      filter: filters(scene)[scene.z % 5],
    },
  }),
  ({ spaceName }) => ({ method: 'GET', path: `/openapi/bases/${spaceName}/tables/tasks/records` }),
  ({ spaceName, any, x }) =>
    named('GET', `/openapi/bases/${spaceName}/tables/tasks/records/#`, 'tasks', any('tasks', x)),
  ({ spaceName }) => ({ method: 'GET', path: `/openapi/bases/${spaceName}/tables/openapi.json` }),
  () => ({ method: 'GET', path: '/api/auth:check' }),
]

const writing: readonly ((scene: Scene) => Request)[] = [
  ({ text, x, y, any }) => ({
    method: 'POST',
    path: '/api/tasks:create',
    body: { title: text(words[x % 3] ?? ''), n: x, ...(y % 2 ? { projectId: any('projects', y) } : {}) },
  }),
  ({ text, x, y, any }) => ({
    method: 'POST',
    path: '/api/tasks:create',
    body: [
      { title: text('a'), tags: [any('tags', x)] },
      { title: text('b'), tags: [any('tags', y)] },
    ],
  }),
  ({ text, any, x }) => ({
    method: 'POST',
    path: '/api/tasks:create',
    body: { title: text('c'), project: x % 2 ? { name: text('p') } : { id: any('projects', x), name: text('q') } },
  }),
  ({ text, any, x }) => ({
    method: 'POST',
    path: '/api/projects:create',
    body: { name: text('p'), tasks: [{ title: text('d') }, any('tasks', x)] },
  }),
  ({ any, x, y, text }) =>
    named(
      'POST',
      '/api/tasks:update/#',
      'tasks',
      any('tasks', x),
      y % 3 ? { n: y } : { title: text('e'), projectId: any('projects', y) },
    ),
  (scene) => ({ method: 'POST', path: `/api/tasks:update?filter=${filterOf(scene)}`, body: { n: scene.y } }),
  ({ any, x }) => named('POST', '/api/tasks:destroy/#', 'tasks', any('tasks', x)),
  ({ any, x }) => named('POST', '/api/projects:destroy/#', 'projects', any('projects', x)),
  ({ any, x, y }) => ({ method: 'POST', path: `/api/tasks:destroy?filterByTk=${any('tasks', x)},${any('tasks', y)}` }),
  (scene) => ({ method: 'POST', path: `/api/tasks:destroy?filter=${filterOf(scene)}` }),
  ({ any, x, y }) => named('POST', `/api/tasks:move?sourceId=#&targetId=${any('tasks', y)}`, 'tasks', any('tasks', x)),
  ({ text, x }) => ({
    method: 'POST',
    path: `/api/tasks:firstOrCreate?filterKeys=title`,
    body: { filterKeys: ['title'], values: { title: text(`f${x % 3}`) } },
  }),
  ({ text, x }) => ({
    method: 'POST',
    path: `/api/tasks:updateOrCreate?filterKeys=title`,
    body: { filterKeys: ['title'], values: { title: text(`f${x % 3}`), n: x } },
  }),
  ({ any, x, y, z }) =>
    named('POST', `/api/tasks/#/tags:${['add', 'set', 'remove', 'toggle'][z % 4]}`, 'tasks', any('tasks', x), [
      any('tags', y),
    ]),
  ({ any, x, y, z }) =>
    named('POST', `/api/projects/#/tasks:${['add', 'set', 'remove'][z % 3]}`, 'projects', any('projects', x), [
      any('tasks', y),
    ]),
  ({ any, x, text }) =>
    named('POST', '/api/projects/#/tasks:create', 'projects', any('projects', x), { title: text('g') }),
  ({ any, x, y }) =>
    named('POST', `/api/projects/#/tasks:update?filter=${query({ n: { $gte: 0 } })}`, 'projects', any('projects', x), {
      n: y,
    }),
  ({ any, x }) => named('POST', '/api/tasks/#/project:remove', 'tasks', any('tasks', x)),
  ({ spaceName, text }) => ({
    method: 'POST',
    path: `/openapi/bases/${spaceName}/tables/tasks/records`,
    body: { values: { title: text('h') } },
  }),
  ({ spaceName, text }) => ({
    method: 'POST',
    path: `/openapi/bases/${spaceName}/tables/tasks/records/bulk`,
    body: { records: [{ values: { title: text('i') } }] },
  }),
  ({ spaceName, any, x, y }) =>
    named('PATCH', `/openapi/bases/${spaceName}/tables/tasks/records/#`, 'tasks', any('tasks', x), {
      values: { n: y },
    }),
  ({ spaceName, any, x }) =>
    named('DELETE', `/openapi/bases/${spaceName}/tables/tasks/records/#`, 'tasks', any('tasks', x)),
  ({ spaceName, any, x }) =>
    named('POST', `/openapi/bases/${spaceName}/tables/projects/records/#/duplicate`, 'projects', any('projects', x)),
  ({ spaceName, x }) => ({
    method: 'DELETE',
    path: `/openapi/bases/${spaceName}/tables/tasks/records`,
    body: { filter: { conjunction: 'and', children: [{ field: 'title', op: 'contains', value: words[x % 3] }] } },
  }),
]

const memberRoles = ['viewer', 'editor', 'admin']
const managing: readonly ((scene: Scene) => Request)[] = [
  ({ space }) => ({ method: 'GET', path: `/api/spaces/${space}/members:list`, manages: true }),
  ({ space }) => ({ method: 'GET', path: `/api/spaces/${space}/tokens:list`, manages: true }),
  () => ({ method: 'GET', path: '/api/spaces:list', manages: true }),
  ({ space }) => ({ method: 'GET', path: `/api/spaces:get/${space}`, manages: true }),
  ({ space, user, x }) => ({
    method: 'POST',
    path: `/api/spaces/${space}/members:create`,
    body: { userId: user, role: memberRoles[x % 3] },
    manages: true,
  }),
  ({ space, user, x }) => ({
    method: 'POST',
    path: `/api/spaces/${space}/members:update?filter=${query({ userId: user })}`,
    body: { role: memberRoles[x % 3] },
    manages: true,
  }),
  ({ space, user }) => ({
    method: 'POST',
    path: `/api/spaces/${space}/members:destroy?filter=${query({ userId: user })}`,
    manages: true,
  }),
]

const all = [...reading, ...reading, ...writing, ...managing]

let texts = 0

/** The request that drawn numbers stand for. @param inside the space that its caller is in, if he is in any */
export function requestOf(
  { what, x, y, z }: Drawn,
  actor: Actor,
  inside: number | undefined,
  world: SpaceWorld,
  state: State,
): Request {
  const { spaces, users } = world
  const place = spaces[z % spaces.length] ?? 0
  // A caller who is nowhere must not know the name of a space either.
  const known = inside === undefined ? `${outsider} space` : `${markerOf(inside)} space`
  const scene: Scene = {
    ...{ x, y, z, space: place, spaceName: encodeURIComponent(known), user: users[y % users.length]?.id ?? 0 },
    any: (table, by) => {
      const ids = [...state.places[table].keys()]
      return ids[by % Math.max(1, ids.length)] ?? 12_345
    },
    text: (word) => `${inside === undefined ? outsider : markerOf(inside)} ${word} ${x % 7 === 0 ? 1 : ++texts}`,
  }
  const make = all[what % all.length]
  if (!make) throw new Error('there are requests')
  return make(scene)
}

import type { OpenConnection, TestApp } from '@postern/testkit'
import type { Plugin } from '@postern/core'
import { openEye } from './first-wall.js'
import { createWorld, data, defineSpaced, post, type Caller, type World } from './space-app.js'

/** Ids of what is in a space. */
export interface Ids {
  project: number
  task: number
  tag: number
}

/** Two spaces with related records: what is in A says "alfa", what is in B "bravo". */
export interface WalledWorld extends World {
  /** Sees everything. */
  readonly eye: OpenConnection
  readonly mine: Ids
  readonly theirs: Ids
  /** Everything in a space, as one text. */
  everythingIn(space: number): Promise<string>
}

async function fill(app: TestApp, caller: Caller, word: string, count: number): Promise<Ids> {
  const project = (await data(post(app, caller, 'projects:create', { name: `${word} project` }))).id
  const tag = (await data(post(app, caller, 'tags:create', { name: `${word} tag` }))).id
  let task = 0
  for (let n = 1; n <= count; n++) {
    const body = { title: `${word} ${n}`, n, projectId: project, tags: [tag] }
    task = (await data(post(app, caller, 'tasks:create', body))).id
  }
  return { project, task, tag }
}

/** Everything in a space, as one text. */
async function everythingIn(eye: OpenConnection, space: number): Promise<string> {
  const texts = ['tasks', 'projects', 'tags'].map((table) => `SELECT * FROM ${table} WHERE "spaceId" = $1 ORDER BY id`)
  texts.push('SELECT links.* FROM "tagsTasks" AS links JOIN tags ON tags.id = "tagId" WHERE "spaceId" = $1 ORDER BY 1')
  const rows: unknown[] = []
  for (const text of texts) rows.push(await eye.run(text, [space]))
  return JSON.stringify(rows)
}

export async function createWalledWorld(plugins: readonly Plugin[] = []): Promise<WalledWorld> {
  const world = await createWorld({ plugins })
  const { app } = world
  const admin = { token: await app.signIn('root') }
  await app.application.call('collections', 'destroy', { key: 'tasks' })
  await defineSpaced(app, 'tags', [{ name: 'name', type: 'string' }])
  await defineSpaced(app, 'projects', [{ name: 'name', type: 'string' }])
  await defineSpaced(app, 'tasks', [
    { name: 'title', type: 'string', unique: true },
    { name: 'n', type: 'integer' },
    { name: 'sort', type: 'sort' },
    { name: 'project', type: 'belongsTo', target: 'projects' },
    { name: 'tags', type: 'belongsToMany', target: 'tags' },
  ])
  await data(
    post(app, admin, 'collections/projects/fields:create', {
      name: 'tasks',
      type: 'hasMany',
      target: 'tasks',
      foreignKey: 'projectId',
    }),
  )
  const mine = await fill(app, world.ta, 'alfa', 2)
  const theirs = await fill(app, world.tb, 'bravo', 5)
  const eye = await openEye(app)
  return { ...world, eye, mine, theirs, everythingIn: (space) => everythingIn(eye, space) }
}

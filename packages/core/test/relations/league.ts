import type { TestApp } from '@postern/testkit'
import { post } from '../calls.js'

/** Clubs with players (who have mentors among themselves), their profiles, matches that they played in, and goals. */
export async function makeLeague(app: TestApp, root: string): Promise<void> {
  const make = async (name: string, fields: readonly object[]): Promise<void> => {
    const { status, text } = await post(app, 'collections:create', root, { name, fields })
    if (status !== 200) throw new Error(`${name}: ${text}`)
  }
  const add = async (collection: string, field: object): Promise<void> => {
    const { status, text } = await post(app, `collections/${collection}/fields:create`, root, field)
    if (status !== 200) throw new Error(`${collection}: ${text}`)
  }
  const name = { name: 'name', type: 'string' }
  await make('clubs', [name, { name: 'tags', type: 'array' }, { name: 'safe', type: 'string', hidden: true }])
  await make('players', [
    name,
    { name: 'born', type: 'dateOnly' },
    { name: 'wage', type: 'integer' },
    { name: 'club', type: 'belongsTo', target: 'clubs' },
    { name: 'agency', type: 'belongsTo', target: 'clubs', hidden: true },
  ])
  await add('players', { name: 'mentor', type: 'belongsTo', target: 'players' })
  await add('players', { name: 'students', type: 'hasMany', target: 'players', foreignKey: 'mentorId' })
  await make('profiles', [
    { name: 'bio', type: 'text' },
    { name: 'player', type: 'belongsTo', target: 'players' },
  ])
  await add('players', { name: 'profile', type: 'hasOne', target: 'profiles' })
  await add('clubs', { name: 'players', type: 'hasMany', target: 'players' })
  await make('matches', [
    { name: 'at', type: 'datetime' },
    { name: 'players', type: 'belongsToMany', target: 'players', through: 'lineups' },
  ])
  await add('players', { name: 'matches', type: 'belongsToMany', target: 'matches', through: 'lineups' })
  await make('goals', [
    { name: 'minute', type: 'integer' },
    { name: 'kind', type: 'string' },
    { name: 'match', type: 'belongsTo', target: 'matches', onDelete: 'CASCADE' },
    { name: 'player', type: 'belongsTo', target: 'players' },
  ])
  await add('matches', { name: 'goals', type: 'hasMany', target: 'goals' })
  await add('players', { name: 'goals', type: 'hasMany', target: 'goals' })
}

/** Clubs 1–3, players 1–5, matches 1–3, goals 1–5. */
export async function fillLeague(app: TestApp, root: string): Promise<void> {
  const fill = async (name: string, records: readonly object[]): Promise<void> => {
    const { status, text } = await post(app, `${name}:create`, root, records)
    if (status !== 200) throw new Error(`${name}: ${text}`)
  }
  await fill('clubs', [{ name: 'Red', tags: ['old'], safe: '1234' }, { name: 'Blue', tags: [] }, { name: null }])
  await fill('players', [
    { name: 'Ann', born: '1990-05-06', wage: 10, clubId: 1 },
    { name: 'Bob', born: '1991-01-01', wage: 20, clubId: 1, mentorId: 1 },
    { name: 'Cid', wage: 30, clubId: 2, mentorId: 1 },
    { name: 'Dan', clubId: 3, mentorId: 2 },
    { name: 'Eve', wage: 50 },
  ])
  await fill('profiles', [
    { bio: 'of Ann', playerId: 1 },
    { bio: null, playerId: 2 },
  ])
  await fill('matches', [{ at: '2026-05-06T22:30:00Z' }, { at: '2026-05-07T22:30:00Z' }, {}])
  await fill('lineups', [
    { matchId: 1, playerId: 1 },
    { matchId: 1, playerId: 2 },
    { matchId: 1, playerId: 3 },
    { matchId: 2, playerId: 3 },
  ])
  await fill('goals', [
    { minute: 10, kind: 'head', matchId: 1, playerId: 1 },
    { minute: 20, kind: 'foot', matchId: 1, playerId: 1 },
    { minute: 30, kind: 'head', matchId: 1, playerId: 2 },
    { minute: 10, kind: 'foot', matchId: 2, playerId: 3 },
    { minute: 90, kind: null, matchId: 2 },
  ])
}

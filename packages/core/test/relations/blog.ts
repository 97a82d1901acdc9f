import type { TestApp } from '@postern/testkit'
import { post } from '../calls.js'

/** Makes posts with comments, tags and a profile, each kind of relation once and from both sides. */
export async function makeBlog(app: TestApp, root: string): Promise<void> {
  const make = async (name: string, fields: readonly object[]): Promise<void> => {
    const { status, text } = await post(app, 'collections:create', root, { name, fields })
    if (status !== 200) throw new Error(`${name}: ${text}`)
  }
  const name = { name: 'name', type: 'string' }
  await make('clubs', [name])
  await make('authors', [
    name,
    { name: 'secret', type: 'string', hidden: true },
    { name: 'club', type: 'belongsTo', target: 'clubs' },
  ])
  await make('profiles', [
    { name: 'bio', type: 'string' },
    { name: 'author', type: 'belongsTo', target: 'authors' },
  ])
  await make('tags', [name])
  await make('posts', [
    { name: 'title', type: 'string' },
    { name: 'author', type: 'belongsTo', target: 'authors' },
    { name: 'tags', type: 'belongsToMany', target: 'tags', through: 'taggings' },
  ])
  await make('comments', [
    { name: 'text', type: 'string', required: true },
    { name: 'post', type: 'belongsTo', target: 'posts', onDelete: 'CASCADE' },
    { name: 'author', type: 'belongsTo', target: 'authors' },
  ])
  const add = (collection: string, field: object) => post(app, `collections/${collection}/fields:create`, root, field)
  await add('taggings', { name: 'weight', type: 'integer', default: 1 })
  await add('posts', { name: 'comments', type: 'hasMany', target: 'comments' })
  await add('authors', { name: 'profile', type: 'hasOne', target: 'profiles' })
  await add('authors', { name: 'posts', type: 'hasMany', target: 'posts' })
  await add('tags', { name: 'posts', type: 'belongsToMany', target: 'posts', through: 'taggings' })
}

/** Two clubs, three authors, posts 1–3, comments 1–4, tags 1–3. */
export async function fillBlog(app: TestApp, root: string): Promise<void> {
  const fill = async (name: string, records: readonly object[]): Promise<void> => {
    const { status, text } = await post(app, `${name}:create`, root, records)
    if (status !== 200) throw new Error(`${name}: ${text}`)
  }
  await fill('clubs', [{ name: 'Red' }, { name: 'Blue' }])
  await fill('authors', [{ name: 'Ann', clubId: 1 }, { name: 'Bob', clubId: 2 }, { name: 'Cid' }])
  await fill('profiles', [{ bio: 'of Ann', authorId: 1 }])
  await fill('tags', [{ name: 'x' }, { name: 'y' }, { name: 'z' }])
  await fill('posts', [{ title: 'one', authorId: 1 }, { title: 'two', authorId: 2 }, { title: 'three' }])
  await fill('comments', [
    { text: 'a', postId: 1, authorId: 2 },
    { text: 'b', postId: 1, authorId: 3 },
    { text: 'c', postId: 2, authorId: 1 },
    { text: 'd' },
  ])
  await fill('taggings', [
    { postId: 1, tagId: 1, weight: 5 },
    { postId: 1, tagId: 2 },
    { postId: 2, tagId: 2 },
  ])
}

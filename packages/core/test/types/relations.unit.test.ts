import { expect, it } from '@jest/globals'
import { defineCollection, f, type Input, type Repository, type Row } from '@postern/core'
import { compiles, isTrue, type Equal } from './equal.js'

const comments = defineCollection('comments', {
  text: f.string(),
  post: f.belongsTo('posts', { required: true, onDelete: 'CASCADE' }),
  author: f.belongsTo('users', { foreignKey: 'writtenById' }),
  languageCode: f.string({ maxLength: 2 }),
  language: f.belongsTo('languages', { foreignKey: 'languageCode', targetKey: 'code' }),
  votes: f.hasMany('votes'),
  summary: f.hasOne('summaries'),
  tags: f.belongsToMany('tags'),
})
type Own = 'text' | 'postId' | 'writtenById' | 'languageCode'

it('a row holds the keys of the records that it belongs to, and not the records', () => {
  isTrue<
    Equal<
      Pick<Row<typeof comments>, Own>,
      {
        readonly text: string
        readonly postId: number
        readonly writtenById: number | null
        readonly languageCode: string
      }
    >
  >()
  isTrue<
    Equal<Exclude<keyof Row<typeof comments>, Own>, 'id' | 'createdAt' | 'updatedAt' | 'createdById' | 'updatedById'>
  >()
  isTrue<
    Equal<Input<typeof comments>, { text: string; languageCode: string; postId: number; writtenById?: number | null }>
  >()
  expect(comments.fields.tags.kind).toBe('belongsToMany')
})

it('what does not fit the relation does not compile', () => {
  const misuse = (repository: Repository<typeof comments>) => [
    // @ts-expect-error -- the key of the post is required
    repository.create({ text: 'a', languageCode: 'en' }),
    // @ts-expect-error -- a key is a number
    repository.create({ text: 'a', languageCode: 'en', postId: 'first' }),
    // @ts-expect-error -- related records are written on their own
    repository.create({ text: 'a', languageCode: 'en', postId: 1, votes: [] }),
    // @ts-expect-error -- there is no such option for it
    f.hasMany('votes', { through: 'postsVotes' }),
    // @ts-expect-error -- no such rule
    f.belongsTo('posts', { onDelete: 'NOTHING' }),
  ]
  expect(compiles(() => misuse)).toBe(true)
})

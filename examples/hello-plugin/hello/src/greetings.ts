import { defineCollection, defineErrors, defineMigration, f } from '@postern/core'

export const greetings = defineCollection('greetings', {
  name: f.string({ maxLength: 80 }),
  words: f.string({ maxLength: 200 }),
})

export const onePerName = defineMigration({
  name: 'one-per-name',
  up: async ({ run }) => {
    await run({ text: 'CREATE UNIQUE INDEX greetings_name ON greetings (lower(name))', values: [] })
  },
})

export const errors = defineErrors('HELLO', {
  LOUD: { status: 409, message: '{name} is greeted loudly already' },
  NOBODY: { status: 400, message: 'Nobody is called "{name}"' },
})

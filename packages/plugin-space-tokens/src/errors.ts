import { defineErrors } from '@postern/core'

export const spaceErrors = defineErrors('SPACE', {
  REQUIRED: {
    status: 400,
    message: 'Say which space is meant: you are a member of several, or of none',
    hint: 'Send X-Space: <id>; `spaces:list` has the ids.',
  },
})

import { describe, expect, it } from '@jest/globals'
import { invalidationSchema } from '../../src/auth/credential-cache.js'

describe('what one node tells the others to forget', () => {
  it('goes as it is when it is short', () => {
    expect(invalidationSchema.parse({ userIds: [1, 2] })).toEqual({ userIds: [1, 2] })
    expect(invalidationSchema.parse({ credentialIds: ['a'] })).toEqual({ credentialIds: ['a'] })
    expect(invalidationSchema.parse({ all: true })).toEqual({ all: true })
  })

  it('becomes everything when it would not fit into a message', () => {
    const many = Array.from({ length: 5000 }, (_, index) => index)
    expect(invalidationSchema.parse({ userIds: many })).toEqual({ all: true })
    expect(invalidationSchema.parse({ credentialIds: many.map((id) => `apiKey-${id}`) })).toEqual({ all: true })
  })

  it.each([{}, { all: false }, { userIds: ['1'] }, { credentialIds: [1] }, null, 'all'])('is never %j', (what) => {
    expect(invalidationSchema.safeParse(what).success).toBe(false)
  })
})

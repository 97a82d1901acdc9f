import { usageForm, type ActionDocument, type DocumentedHeader } from '@postern/core'
import { z } from 'zod'
import { spaceMembers, spaceTokens } from './collections.js'
import { inSomeSpace } from './space-facts.js'
import { kind, recordFields } from './token-record.js'

// What the API document says that it cannot know from elsewhere.

/** The fields of members that come out, in the order of the wire. */
export const memberFields: readonly string[] = [
  ...['createdAt', 'updatedAt', 'createdById', 'id', 'role', 'spaceId', 'updatedById', 'userId'],
]

const token = { records: spaceTokens.name, fields: recordFields }
const minted = z.object({ token: z.string() })

export const tokenDocuments = {
  create: { answer: { form: 'record', ...token, also: minted } },
  rotate: {
    answer: {
      ...{ form: 'record', ...token },
      also: minted.extend({ previous: z.object({ id: z.int(), expiresAt: z.iso.datetime() }) }),
    },
    errors: ['CONFLICT'],
  },
  usage: { answer: { form: 'record', of: usageForm } },
} satisfies Readonly<Record<string, ActionDocument>>

/** What `spaces:restore` answers. */
export const restoredDocument: ActionDocument = { answer: { form: 'record' }, errors: ['CONFLICT'] }

export const documentedMembers = { to: spaceMembers.name, shows: memberFields }
export const documentedTokens = { to: spaceTokens.name, shows: recordFields }

/** A token is in its one space already; everybody else says which is meant. */
export const spaceHeader = (isSpaced: (resource: string) => boolean): DocumentedHeader => ({
  name: 'X-Space',
  description: 'The id of the space that is meant; who is a member of only one may leave it out.',
  errors: ['SPACE_REQUIRED', 'NOT_FOUND'],
  applies: ({ kind: caller }, resource) => caller !== kind && isSpaced(resource.split('.')[0] ?? resource),
  sent: inSomeSpace,
})

// What a newcomer reads, run as it stands there, on the embedded PostgreSQL; README.md, in the jest project `postgresql`, on a
// real one too. The other pages are run by reference.test.ts, so that both can run at once.
import { describe } from '@jest/globals'
import { guides } from './markdown-blocks.js'
import { testPages } from './run-page.js'

const onPostgresql = Reflect.get(globalThis, 'testkitServer') === 'postgresql'

describe('what the guides say', () => testPages(onPostgresql ? ['README.md'] : guides, { onPostgresql }))

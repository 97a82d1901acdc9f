// The pages that docs.test.ts leaves.
import { describe } from '@jest/globals'
import { guides, pages } from './markdown-blocks.js'
import { testPages } from './run-page.js'

describe('what the reference says', () => testPages(pages.filter((page) => !guides.includes(page))))

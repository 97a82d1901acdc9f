import { expect, it } from '@jest/globals'
import { didYouMean, nearestName } from '../../src/kernel/nearest-name.js'

it.each([
  ['titel', 'title'],
  ['$inclues', '$includes'],
  ['todo', 'todos'],
  ['a', undefined],
  ['completely', undefined],
])('%s may have meant %s', (name, meant) => {
  expect(nearestName(name, ['title', '$includes', 'todos', 'n', 'x'])).toBe(meant)
})

it('says nothing where nothing is near, or known, or the name is endless', () => {
  expect(didYouMean('abc', [])).toBe('')
  expect(didYouMean('x'.repeat(100_000), ['x'.repeat(100_000)])).toBe('')
  expect(didYouMean('titel', ['title'])).toBe('; did you mean "title"?')
})

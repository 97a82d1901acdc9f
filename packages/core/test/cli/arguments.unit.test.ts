import { describe, expect, it } from '@jest/globals'
import { parseField } from '../../src/cli/commands/collection.js'
import { parseGrant } from '../../src/cli/commands/role.js'
import { firstLine } from '../../src/cli/password-input.js'
import { parseAssignments } from '../../src/cli/plugin-options.js'

describe('a field', () => {
  it('is a name and a type', () => {
    expect(parseField('title:string')).toEqual({ name: 'title', type: 'string' })
  })

  it('is required with !', () => {
    expect(parseField('title:string!')).toEqual({ name: 'title', type: 'string', required: true })
  })
})

describe('a grant', () => {
  it('is a list of actions, with all fields and all rows unless it says otherwise', () => {
    expect(parseGrant('editor', 'todos', 'list, get,', {})).toEqual({
      role: 'editor',
      resource: 'todos',
      actions: ['list', 'get'],
      fields: null,
      where: null,
    })
  })

  it('is narrowed to fields and rows', () => {
    const where = '{"createdById":"{{$user.id}}"}'
    expect(parseGrant('editor', 'todos', '*', { fields: 'title,done', where })).toMatchObject({
      actions: ['*'],
      fields: ['title', 'done'],
      where: { createdById: '{{$user.id}}' },
    })
  })
})

describe('an option of a plugin', () => {
  it('is a JSON value where it is one, and a text otherwise', () => {
    const texts = ['limit=5', 'on=true', 'name=Ann', 'quoted="5"', 'list=[1,2]', 'empty=', 'url=a=b']
    expect(parseAssignments(texts)).toEqual({
      limit: 5,
      on: true,
      name: 'Ann',
      quoted: '5',
      list: [1, 2],
      empty: '',
      url: 'a=b',
    })
  })

  it('is not there when none was given: the plugin keeps those that it has', () => {
    expect(parseAssignments()).toBeUndefined()
    expect(parseAssignments([])).toBeUndefined()
  })
})

describe('a password from stdin', () => {
  it.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\nmore\n', 'secret'],
    [' se cret \n', ' se cret '],
    ['\n', ''],
  ])('%j is %j', (text, password) => {
    expect(firstLine(text)).toBe(password)
  })
})

import { describe, expect, it } from '@jest/globals'
import { CollectionRegistry } from '../../src/database/collection-registry.js'
import { compileCollection, defineCollection } from '../../src/database/collection.js'
import { Scope } from '../../src/kernel/scope.js'
import { f } from '../../src/schema/f.js'

const notes = defineCollection('notes', {
  title: f.string(),
  body: f.text().maybe(),
  secret: f.string({ hidden: true }),
})

describe('a collection made ready', () => {
  it('has the fields of the server beside its own', () => {
    const { fields } = compileCollection(notes)
    expect([...fields.keys()]).toEqual([
      'id',
      'createdAt',
      'updatedAt',
      'createdById',
      'updatedById',
      'title',
      'body',
      'secret',
    ])
    for (const name of ['id', 'createdAt', 'createdById']) expect(fields.get(name)?.options.readOnly).toBe(true)
  })

  it('shows what is not hidden, in the order of the wire', () => {
    expect(compileCollection(notes).visible).toEqual([
      'createdAt',
      'updatedAt',
      'body',
      'createdById',
      'id',
      'title',
      'updatedById',
    ])
  })

  it('does without what it turns off', () => {
    const options = { timestamps: false, createdBy: false, updatedBy: false }
    expect([...compileCollection({ ...notes, options }).fields.keys()]).toEqual(['id', 'title', 'body', 'secret'])
  })

  it('409 for a field of the server’s own', () => {
    const own = () => compileCollection({ name: 'x', options: {}, fields: { createdAt: f.string() } })
    expect(own).toThrow(expect.objectContaining({ status: 409, path: 'createdAt' }))
    const free = { name: 'x', options: { timestamps: false }, fields: { createdAt: f.string() } }
    expect(compileCollection(free).fields.get('createdAt')?.kind.kind).toBe('string')
  })

  it('is identified by its key, or by another field of its own', () => {
    expect(compileCollection(notes).targetKey.name).toBe('id')
    expect(compileCollection({ ...notes, options: { targetKey: 'title' } }).targetKey.name).toBe('title')
    expect(() => compileCollection({ ...notes, options: { targetKey: 'nothing' } })).toThrow('no field "nothing"')
  })

  it('has another revision each time', () => {
    expect(compileCollection(notes).revision).not.toBe(compileCollection(notes).revision)
  })
})

describe('the registry of collections', () => {
  it('shows a collection to everybody once its owner is active, and to the owner’s own code before', async () => {
    const registry = new CollectionRegistry()
    const scope = new Scope('notes')
    registry.add(notes, scope)
    expect([registry.get('notes'), registry.names()]).toEqual([undefined, []])
    expect(registry.require('notes').name).toBe('notes')
    scope.active = true
    expect(registry.get('notes')).toBe(registry.require('notes'))
    await scope.close()
    expect(registry.size).toBe(0)
    expect(() => registry.require('notes')).toThrow(expect.objectContaining({ code: 'COLLECTION_UNKNOWN' }))
  })

  it('refuses a name twice', () => {
    const registry = new CollectionRegistry()
    registry.add(notes, new Scope('one'))
    expect(() => registry.add(notes, new Scope('two'))).toThrow('collection "notes" of "two" clashes')
  })
})

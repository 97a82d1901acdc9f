import { compileCollection, type CompiledCollection } from '../../src/database/collection.js'
import { f } from '../../src/schema/f.js'

/** A collection with a field of every kind. */
export const sample: CompiledCollection = compileCollection({
  name: 'samples',
  options: {},
  fields: {
    title: f.string().maybe(),
    body: f.text().maybe(),
    count: f.integer().maybe(),
    big: f.bigInt().maybe(),
    ratio: f.double().maybe(),
    price: f.decimal({ precision: 10, scale: 2 }).maybe(),
    done: f.boolean().maybe(),
    at: f.datetime().maybe(),
    local: f.datetimeNoTz().maybe(),
    day: f.dateOnly().maybe(),
    hour: f.time().maybe(),
    guid: f.uuid(),
    code: f.nanoid(),
    data: f.json().maybe(),
    tags: f.array().maybe(),
    state: f.enum(['new', 'done']).maybe(),
    email: f.string({ unique: true }),
    secret: f.string({ hidden: true }),
  },
})

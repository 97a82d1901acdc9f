import { describe, expect, it } from '@jest/globals'
import { translateDatabaseError } from '../../src/database/postgres-errors.js'
import { wire } from '../../src/kernel/wire-errors.js'

const refusal = (code: string, more: object = {}): Error =>
  Object.assign(new Error('SELECT secret FROM hidden: value "s3cret"'), { code, ...more })

describe('what PostgreSQL refuses', () => {
  it.each<[string, number, string]>([
    ['23505', 409, 'CONFLICT'],
    ['23503', 409, 'CONFLICT'],
    ['23502', 400, 'INVALID_VALUE'],
    ['23514', 400, 'INVALID_VALUE'],
    ['22001', 400, 'INVALID_VALUE'],
    ['22003', 400, 'INVALID_VALUE'],
    ['22007', 400, 'INVALID_VALUE'],
    ['22008', 400, 'INVALID_VALUE'],
    ['22021', 400, 'INVALID_VALUE'],
    ['22P02', 400, 'INVALID_VALUE'],
    ['22P05', 400, 'INVALID_VALUE'],
    ['40001', 503, 'UNAVAILABLE'],
    ['40P01', 503, 'UNAVAILABLE'],
    ['55P03', 503, 'UNAVAILABLE'],
    ['57014', 503, 'UNAVAILABLE'],
    ['42P01', 503, 'UNAVAILABLE'],
    ['42703', 503, 'UNAVAILABLE'],
    ['08006', 503, 'UNAVAILABLE'],
    ['53300', 503, 'UNAVAILABLE'],
    ['57P01', 503, 'UNAVAILABLE'],
    ['57P03', 503, 'UNAVAILABLE'],
  ])('%s is %d %s; the cause is for the log, and nothing of it is told', (state, status, code) => {
    const cause = refusal(state)
    const error = translateDatabaseError(cause)
    expect(error).toMatchObject({ status, code, cause })
    expect(error).toMatchObject({ message: expect.not.stringMatching(/s3cret|SELECT/) })
  })

  it('says when to try again', () => {
    expect(translateDatabaseError(refusal('57P01'))).toMatchObject({ headers: { 'Retry-After': '1' } })
  })

  it('names the columns that are taken as the catalogue has them, never the values', () => {
    const taken = (...columns: string[]) =>
      translateDatabaseError(refusal('23505', { detail: 'Key (x)=(s3cret) already exists.' }), { columns, text: '' })
    expect(taken('email')).toMatchObject({ message: 'The value of email is taken', path: 'email' })
    expect(taken('spaceId', 'name')).toMatchObject({ message: 'The value of spaceId and name is taken', path: 'name' })
    expect(taken()).toMatchObject({ message: 'The value is taken', path: undefined })
  })

  it.each<[string, string, string, number]>([
    ['a row of the table that holds the key is inserted', 'INSERT INTO "kids" ("parentId") VALUES ($1)', 'kids', 400],
    ['its key is changed', 'UPDATE "kids" SET "parentId" = $1 WHERE "id" = $2', 'kids', 400],
    ['a record is deleted', 'DELETE FROM "parents" WHERE "id" = $1', 'kids', 409],
    ['a record is deleted that others of its table refer to', 'DELETE FROM "kids" WHERE "id" = $1', 'kids', 409],
    ['what keys lead to is changed', 'UPDATE "parents" SET "code" = $1', 'kids', 409],
    ['what keys of the same table lead to is changed', 'UPDATE "kids" SET "code" = $1', 'kids', 409],
    ['the constraint itself is made', 'ALTER TABLE "kids" ADD CONSTRAINT x FOREIGN KEY …', 'kids', 400],
  ])('tells by the statement which end of a key is wrong: %s', (_, text, table, status) => {
    const error = translateDatabaseError(refusal('23503', { table }), { columns: ['parentId'], text })
    expect(error).toMatchObject(status === 400 ? { status, path: 'parentId' } : { status, path: undefined })
  })

  it('names the column that must not be null', () => {
    expect(translateDatabaseError(refusal('23502', { column: 'title' }))).toMatchObject({
      message: 'title must not be null',
      path: 'title',
    })
  })
})

describe('a database that is away', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'])('%s is 503', (code) => {
    expect(translateDatabaseError(refusal(code))).toMatchObject({ status: 503, code: 'UNAVAILABLE' })
  })

  it.each(['Connection terminated unexpectedly', 'Client was closed and is not queryable', 'Query read timeout'])(
    '"%s" is 503',
    (message) => expect(translateDatabaseError(new Error(message))).toMatchObject({ status: 503 }),
  )

  it('is 503 when Sequelize says so', () => {
    const error = Object.assign(new Error('x'), { name: 'SequelizeConnectionRefusedError' })
    expect(translateDatabaseError(error)).toMatchObject({ status: 503 })
  })
})

describe('everything else', () => {
  it('stays as it is', () => {
    const known = wire.CONFLICT({ problem: 'x' })
    const defects = [known, new Error('a defect'), refusal('42601'), 'text', undefined]
    for (const error of defects) expect(translateDatabaseError(error)).toBe(error)
  })
})

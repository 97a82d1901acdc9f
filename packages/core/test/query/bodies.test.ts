import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestApp, TestResponse } from '@postern/testkit'
import { countRows, outcome } from '../calls.js'
import { answersIn, expectRefusal, expectServing, samplesApp } from './asking.js'

let app: TestApp

beforeAll(async () => {
  app = await samplesApp()
})
afterAll(() => app?.close())
afterEach(() => expectServing(app))

const json = { 'Content-Type': 'application/json' }
const create = (raw: string | Uint8Array, headers: Record<string, string> = json): Promise<TestResponse> =>
  app.request('POST', '/api/samples:create', { raw, headers })
const megabyte = 1024 * 1024

describe('400 INVALID_JSON', () => {
  it.each([
    ['text', 'title=a'],
    ['half of it', '{"title":"a"'],
    ['a trailing comma', '{"title":"a",}'],
    ['a trailing comma in a list', '[{"title":"a"},]'],
    ['single quotes', "{'title':'a'}"],
    ['a comment', '{"title":"a"/* */}'],
    ['two values', '{"title":"a"}{"title":"b"}'],
    ['blanks only', '   '],
    ['NaN', '{"f":NaN}'],
    ['Infinity', '{"f":Infinity}'],
    ['undefined', 'undefined'],
    ['a leading zero', '{"n":01}'],
    ['a line break in a text', '{"title":"a\nb"}'],
    ['NUL bytes', '\0\0\0'],
    ['100,000 × [', '['.repeat(100_000)],
    ['100,000 × {"a":', '{"a":'.repeat(100_000)],
    ['100,000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['65 levels', `{"j":${'['.repeat(64)}${']'.repeat(64)}}`],
    ['__proto__', '{"title":"a","__proto__":{"x":1}}'],
    ['__proto__ five levels down', '{"j":{"a":{"b":{"c":{"__proto__":{"x":1}}}}}}'],
    ['an escaped __proto__', '{"\\u005f\\u005fproto__":{"x":1}}'],
    ['constructor.prototype', '{"j":{"constructor":{"prototype":{"x":1}}}}'],
  ])('%s', async (_what, raw) => {
    expectRefusal(await create(raw), '400 INVALID_JSON')
    expect(Reflect.get({}, 'x')).toBeUndefined()
    expect(await countRows(app, 'samples', { title: 'a' })).toBe(0)
  })

  it.each([
    ['a lone byte', [0xff]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half of an é', [0xc3]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf5, 0x80, 0x80, 0x80]],
  ])('broken UTF-8: %s', async (_what, bytes) => {
    const raw = Buffer.concat([Buffer.from('{"title":"'), Buffer.from(bytes), Buffer.from('"}')])
    expectRefusal(await create(raw), '400 INVALID_VALUE')
  })

  it('UTF-16', async () => expectRefusal(await create(Buffer.from('{"title":"a"}', 'utf16le')), '400 INVALID_JSON'))
})

describe('400 INVALID_VALUE for JSON that is no record', () => {
  it.each(['null', '1', '"a"', 'true', '[1]', '[null]', '["a"]', '[[]]', '[[{}]]', '[{"title":"a"},null]'])(
    '%s',
    async (raw) => {
      expectRefusal(await create(raw), '400 INVALID_VALUE')
      expectRefusal(await app.request('POST', '/api/samples:update/1', { raw, headers: json }), '400 INVALID_VALUE')
    },
  )

  it('an update with no body, with a list', async () => {
    expectRefusal(await app.request('POST', '/api/samples:update/1'), '400 INVALID_VALUE')
    expectRefusal(await app.request('POST', '/api/samples:update/1', { body: [] }), '400 INVALID_VALUE')
    expectRefusal(await app.request('POST', '/api/samples:create'), '400 INVALID_VALUE')
    expectRefusal(await create(''), '400 INVALID_VALUE')
  })
})

describe('415 for other types', () => {
  it.each([
    ...[
      'text/plain',
      'text/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/jsonp',
    ],
    ...[
      'application/json; charset=iso-8859-1',
      'application/json; charset=utf-16',
      'application/json, text/plain',
      'json',
      '',
      '*/*',
    ],
  ])('%s', async (type) =>
    expectRefusal(await create('{"title":"a"}', { 'Content-Type': type }), '415 UNSUPPORTED_MEDIA_TYPE'),
  )

  it('no type at all', async () => expectRefusal(await create('{"title":"a"}', {}), '415 UNSUPPORTED_MEDIA_TYPE'))

  it.each(['compress', 'zstd', 'gzip, gzip', 'x', 'base64'])('the encoding %s', async (encoding) =>
    expectRefusal(await create('{}', { ...json, 'Content-Encoding': encoding }), '415 UNSUPPORTED_MEDIA_TYPE'),
  )
})

describe('200', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/vnd.api+json',
  ])('for %s', async (type) => expect(outcome(await create('{"title":"ok"}', { 'Content-Type': type }))).toBe('200'))

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('for %s', async (encoding, compress) => {
    const answer = await create(compress('{"title":"packed"}'), { ...json, 'Content-Encoding': encoding })
    expect([answer.status, answer.body.data?.title]).toEqual([200, 'packed'])
  })

  it('for a byte order mark, chunks, identity, 64 levels', async () => {
    expect(outcome(await create('\uFEFF{"title":"marked"}'))).toBe('200')
    expect(outcome(await create('{"title":"chunks"}', { ...json, 'Transfer-Encoding': 'chunked' }))).toBe('200')
    expect(outcome(await create('{}', { ...json, 'Content-Encoding': 'identity' }))).toBe('200')
    expect(outcome(await create(`{"j":${'['.repeat(63)}${']'.repeat(63)}}`))).toBe('200')
    expect((await create('[]')).body).toEqual({ data: [] })
  })
})

describe('what is packed wrongly', () => {
  const packed = gzipSync(JSON.stringify({ title: 'x'.repeat(200) }))
  it.each([
    ['no gzip', 'gzip', Buffer.from('{"title":"a"}')],
    ['half of it', 'gzip', packed.subarray(0, packed.length - 12)],
    ['rubbish in it', 'gzip', Buffer.concat([packed.subarray(0, 20), Buffer.from('rubbish')])],
    ['no brotli', 'br', Buffer.from('{"title":"a"}')],
    ['no deflate', 'deflate', Buffer.from('{"title":"a"}')],
    ['deflate without its zlib head', 'deflate', deflateRawSync('{"title":"a"}')],
  ])('400 for %s', async (_what, encoding, raw) =>
    expectRefusal(await create(raw, { ...json, 'Content-Encoding': encoding }), '400 INVALID_JSON'),
  )
})

describe('413 PAYLOAD_TOO_LARGE', () => {
  const bombs: [string, (text: Buffer) => Buffer][] = [
    ['gzip', gzipSync],
    ['br', (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ]
  it.each(bombs)('for a bomb of %s, with flat memory', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(100 * megabyte, ' '))
    const send = () => create(bomb, { ...json, 'Content-Encoding': encoding })
    // What the first one allocates stays; growing with each one would be the fault.
    await send()
    const before = process.memoryUsage().rss
    for (let count = 0; count < 5; count++) {
      expectRefusal(await send(), '413 PAYLOAD_TOO_LARGE')
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * megabyte)
  })

  it.each([
    ['with its length', {}],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }],
  ])('for 11 MB %s', async (_what, headers) => {
    const raw = `{"body":"${'x'.repeat(11 * megabyte)}"}`
    expectRefusal(await create(raw, { ...json, ...headers }), '413 PAYLOAD_TOO_LARGE')
  })

  it('and the answer reaches a client that is still sending', async () => {
    const text = `{"body":"${'x'.repeat(20 * megabyte)}"}`
    const head = `POST /api/samples:create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n`
    const next = 'GET /api/samples:list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    // The connection goes on: a server that closes it while the client writes takes the answer with it.
    expect(answersIn(await app.raw(`${head}${text}${next}`)).map(({ status }) => status)).toEqual([413, 200])
  })

  it('for a length that nobody means to send: at once', async () => {
    const head =
      'POST /api/samples:create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n'
    const [answer] = answersIn(await app.raw(head))
    expect(answer?.status).toBe(413)
    expect(answer?.head).toMatch(/connection: close/i)
  })

  it('not for 9 MB', async () => {
    expect(outcome(await create(`{"body":"${'x'.repeat(9 * megabyte)}"}`))).toBe('200')
  })
})

describe('a bulk create: all or none', () => {
  it.each([
    ['a wrong type', 2, { n: 'x' }, '2.n'],
    ['an unknown field', 0, { nothing: 1 }, '0.nothing'],
    ['a read-only field', 1, { id: 5 }, '1.id'],
    ['a text too long', 2, { title: 'x'.repeat(256) }, '2.title'],
    ['a text that cannot be stored', 1, { title: 'a\0' }, '1.title'],
  ])('%s', async (_what, at, bad, path) => {
    const body: object[] = [{ title: 'bulk' }, { title: 'bulk' }, { title: 'bulk' }]
    body[at] = { title: 'bulk', ...bad }
    expectRefusal(await app.request('POST', '/api/samples:create', { body }), /^400 /, path)
    expect(await countRows(app, 'samples', { title: 'bulk' })).toBe(0)
  })

  it('each fault is named', async () => {
    const answer = await app.request('POST', '/api/samples:create', { body: [{ n: 'x' }, {}, { n: 'y', f: 'z' }] })
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toEqual(['0.n', '2.n', '2.f'])
  })

  it('1,000 records and no more', async () => {
    const records = (count: number) => Array.from({ length: count }, () => ({ title: 'many' }))
    expectRefusal(await app.request('POST', '/api/samples:create', { body: records(1001) }), '400 INVALID_VALUE')
    expect(await countRows(app, 'samples', { title: 'many' })).toBe(0)
    expect((await app.request('POST', '/api/samples:create', { body: records(1000) })).body.data).toHaveLength(1000)
  })
})

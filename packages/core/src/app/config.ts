import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse as parseDotenv } from 'dotenv'
import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { AppError, combineErrors, defineErrors } from '../kernel/errors.js'
import { configFiles, readConfigFile, unreadable, type Texts } from './config-file.js'
import { coreVersion } from './core-version.js'
import { isNetwork } from '../auth/networks.js'

const errors = defineErrors('CONFIG', {
  UNKNOWN: {
    status: 412,
    message: 'There is no setting "{name}" (in {source}){nearest} Allowed are: {allowed}',
    hint: 'docs/operations.md says what each setting does.',
  },
  WRONG: {
    status: 412,
    message: 'The setting {name} is wrong: {problem}',
    hint: 'Correct it in the environment, in .env or in postern.config.ts; docs/operations.md says what it takes.',
  },
})

function whole(least: number, most: number) {
  const problem = `must be a whole number from ${least} to ${most}`
  const isWithin = (value: number): boolean => value >= least && value <= most
  return z
    .string()
    .regex(/^\d{1,15}$/, problem)
    .transform(Number)
    .refine(isWithin, problem)
}
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)
const words = z.string().regex(/\S/, 'must not be blank')
const address = z
  .string()
  .regex(/^https?:\/\/[^\s/?#]+[^\s?#]*$/, 'must be an address such as https://api.example.com')
  .transform((text) => text.replace(/\/+$/, ''))
const megabyte = 1_048_576
const minute = 60_000

const isOrigin = (text: string): boolean => text === '*' || text === 'null' || /^https?:\/\/[^/\s]+$/.test(text)

/** Every setting: its check, and its value when nobody says anything. One line each; docs/operations.md is tested against it. */
const settings = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'must be development, production or test')
    .default('development'),
  APP_PORT: whole(0, 65_535).default(13_000),
  APP_HOST: z.string().min(1, 'must be a host name or an address').default('127.0.0.1'),
  APP_KEY: z.string().min(1, 'must not be empty').optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional(),
  STORAGE_DIR: z.string().min(1, 'must be a folder').default('storage'),
  API_PREFIX: z
    .string()
    .regex(/^(\/[\w-]+)+$/, 'must be a path such as /api')
    .default('/api'),
  API_DOC_PUBLIC: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true'),
  API_TITLE: words.default('Postern'),
  API_VERSION: words.default(coreVersion),
  API_DESCRIPTION: words.optional(),
  API_CONTACT: words.optional(),
  API_LICENSE: words.optional(),
  PUBLIC_URL: address.optional(),
  INIT_ROOT_EMAIL: z
    .string()
    .regex(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address')
    .default('root@localhost'),
  INIT_ROOT_PASSWORD: z.string().min(8, 'must have at least 8 characters').optional(),
  PLUGINS: list.default(['api-keys', 'api-doc']),
  /** Folders of plugins outside of `packages/`, `plugins/` and `node_modules/`. */
  PLUGIN_FOLDERS: list.default([]),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'must be trace, debug, info, warn, error or silent')
    .default('info'),
  CORS_ORIGIN: list
    .refine((origins) => origins.every(isOrigin), 'must be * or origins such as https://app.example.com')
    .default(['*']),
  TRUSTED_PROXIES: list
    .refine((networks) => networks.every(isNetwork), 'must be addresses or networks such as 10.0.0.0/8')
    .default([]),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .optional(),
  DATABASE_POOL: whole(2, 200).default(10),
  LIMIT_BODY_BYTES: whole(1024, 1024 * megabyte).default(10 * megabyte),
  LIMIT_HEADER_BYTES: whole(1024, megabyte).default(16_384),
  LIMIT_URL_BYTES: whole(256, 65_536).default(8192),
  LIMIT_JSON_DEPTH: whole(1, 1000).default(64),
  LIMIT_PAGE_SIZE: whole(1, 100_000).default(1000),
  LIMIT_UNPAGED_ROWS: whole(1, 1_000_000).default(10_000),
  LIMIT_BULK_RECORDS: whole(1, 100_000).default(1000),
  LIMIT_STATEMENT_MS: whole(100, 60 * minute).default(30_000),
  LIMIT_HEADER_MS: whole(100, 10 * minute).default(10_000),
  LIMIT_REQUEST_MS: whole(100, 60 * minute).default(minute),
  LIMIT_FAILED_CREDENTIALS: whole(0, 1_000_000).default(30),
  LIMIT_FAILED_SIGN_INS: whole(0, 1_000_000).default(10),
  LIMIT_STORE: z.enum(['memory', 'redis', 'postgresql'], 'must be memory, redis or postgresql').optional(),
} as const

const schema = z.object(settings)
export type Settings = z.infer<typeof schema>
export type SettingName = keyof Settings
export const settingNames: readonly string[] = Object.keys(settings)

/** The settings of one server, checked, and the folder that it belongs to. */
export interface Config extends Settings {
  /** Where `.env`, `postern.config.ts`, `packages/` and `plugins/` are looked for. */
  readonly root: string
}

/** Names in the environment that can only be meant for this server. */
const ours = /^(APP|INIT_ROOT|LIMIT|POSTERN)_/

function refuseUnknown(names: readonly string[], source: string): void {
  const name = names.find((candidate) => !settingNames.includes(candidate))
  if (name === undefined) return
  const nearest = closest(name, settingNames)
  const hint = distance(name, nearest) <= 4 ? `; did you mean ${nearest}?` : '.'
  throw errors.UNKNOWN({ name, source, nearest: hint, allowed: settingNames.join(', ') })
}

/**
 * Makes a configuration from names and texts, as the environment holds them.
 *
 * @throws CONFIG_UNKNOWN, CONFIG_WRONG: with the name and what is allowed
 */
export function parseConfig(values: Texts, root = process.cwd()): Config {
  refuseUnknown(Object.keys(values), 'what was given')
  const result = schema.safeParse(givenIn(values))
  if (!result.success) {
    const [first, ...others] = result.error.issues.map(({ path: [name], message }) =>
      errors.WRONG({ name: String(name), problem: message }),
    )
    throw first ? combineErrors([first, ...others]) : errors.WRONG({ name: '?', problem: 'it is not valid' })
  }
  if (result.data.LIMIT_STORE === 'redis' && result.data.REDIS_URL === undefined) {
    throw errors.WRONG({ name: 'LIMIT_STORE', problem: 'redis needs REDIS_URL' })
  }
  return { ...result.data, root, STORAGE_DIR: path.resolve(root, result.data.STORAGE_DIR) }
}

/** An empty text says nothing: it neither sets anything nor hides what another source says. */
const givenIn = (values: Texts): Texts =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))

function readDotenv(root: string): Texts {
  const file = path.join(root, '.env')
  if (!existsSync(file)) return {}
  try {
    const values = parseDotenv(readFileSync(file))
    refuseUnknown(Object.keys(values), '.env')
    return values
  } catch (error) {
    if (error instanceof AppError) throw error
    throw unreadable('.env', error)
  }
}

/** The nearest folder, from the working directory up, that holds a server: its configuration, packages or storage. */
function findRoot(start: string): string {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const marks = ['pnpm-workspace.yaml', '.env', ...configFiles]
    if (marks.some((mark) => existsSync(path.join(folder, mark)))) return folder
    if (folder === path.dirname(folder)) return start
  }
}

/** Reads the settings: the environment first, then `.env`, then `postern.config.ts`. @throws CONFIG_* with the name */
export async function loadConfig(environment: Texts = process.env, start = process.cwd()): Promise<Config> {
  const root = findRoot(start)
  refuseUnknown(
    Object.keys(environment).filter((name) => ours.test(name)),
    'the environment',
  )
  const file = await readConfigFile(root)
  refuseUnknown(Object.keys(file.values), file.name)
  const own = Object.fromEntries(settingNames.map((name) => [name, environment[name]]))
  return parseConfig({ ...givenIn(file.values), ...givenIn(readDotenv(root)), ...givenIn(own) }, root)
}

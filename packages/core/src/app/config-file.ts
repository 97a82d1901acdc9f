import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineErrors, type AppError } from '../kernel/errors.js'

const errors = defineErrors('CONFIG', {
  UNREADABLE: { status: 412, message: '{file} cannot be read: {problem}', hint: 'Mend the file, or move it away.' },
  TYPE: {
    status: 412,
    message: 'The setting {name} in {file} must be a text, a number or a list of texts, not {given}',
    hint: 'Leave it out where there is nothing to say; docs/operations.md says what each setting takes.',
  },
  TWICE: { status: 412, message: '{file} says {name} twice, in two spellings', hint: 'Leave one of the two out.' },
})

/** Settings as the environment holds them. */
export type Texts = Readonly<Record<string, string | undefined>>

/** Asked for in this order. */
export const configFiles = ['postern.config.ts', 'postern.config.js', 'postern.config.mjs']

/** What `postern.config.ts` may export: every setting, in camel case; lists as lists. */
export type ConfigFile = { readonly [setting: string]: string | number | readonly string[] | undefined }

/** Types `postern.config.ts`. */
export const defineConfig = (config: ConfigFile): ConfigFile => config

export const unreadable = (file: string, cause: unknown): AppError =>
  errors.UNREADABLE({ file, problem: cause instanceof Error ? cause.message : String(cause) }, cause)

/** `appPort` → `APP_PORT`. Other spellings stay as they are: they are no settings, or are one already. */
const nameOf = (key: string): string =>
  /^[a-z][A-Za-z]*$/.test(key) ? key.replace(/[A-Z]/g, '_$&').toUpperCase() : key

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes(','))
}

/** An empty list says that there is nothing, which an empty text does not: a text without names, then. */
const listText = (items: readonly string[]): string => (items.length === 0 ? ',' : items.join(','))

/** As the environment would say it. @throws CONFIG_TYPE */
function textOf(file: string, name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (isTexts(value)) return listText(value)
  const given = value === null ? 'null' : Array.isArray(value) ? 'a list of something else' : typeof value
  throw errors.TYPE({ name, file, given })
}

function textsOf(file: string, settings: object): Texts {
  const texts = new Map<string, string | undefined>()
  for (const [key, value] of Object.entries(settings)) {
    const name = nameOf(key)
    if (texts.has(name)) throw errors.TWICE({ file, name })
    texts.set(name, textOf(file, name, value))
  }
  return Object.fromEntries(texts)
}

async function load(file: string): Promise<unknown> {
  try {
    // Read only where there is such a file: it costs a tenth of a second.
    const { createJiti } = await import('jiti')
    // Without its cache: whoever asks again wants what the file says now.
    return await createJiti(pathToFileURL(file).href, { moduleCache: false }).import<unknown>(file, { default: true })
  } catch (cause) {
    throw unreadable(path.basename(file), cause)
  }
}

/** What the configuration file of a folder says, by the names of the environment. @throws CONFIG_* */
export async function readConfigFile(root: string): Promise<{ readonly name: string; readonly values: Texts }> {
  const file = configFiles.map((name) => path.join(root, name)).find((candidate) => existsSync(candidate))
  if (file === undefined) return { name: '', values: {} }
  const name = path.basename(file)
  const exported = await load(file)
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported))
    throw unreadable(name, 'it must export an object of settings as default')
  return { name, values: textsOf(name, exported) }
}

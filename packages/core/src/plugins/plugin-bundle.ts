import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { pluginErrors, reasonOf } from './plugin-errors.js'

/** Where compiled plugins lie: inside the plugin's own folder, so that its imports resolve as they do in its source. */
const outputFolder = path.join('node_modules', '.postern')

/**
 * Compiles a plugin written in TypeScript to one module. Packages stay imports; its own files are bundled, so that a
 * changed file gives a new module, and importing it runs the new code.
 *
 * @returns the module's path, whose name says what is in it
 * @throws PLUGIN_IMPORT_FAILED with the place of a syntax error
 */
export async function bundlePlugin(name: string, folder: string, entry: string): Promise<string> {
  // Loaded only when a plugin in source is there: its process costs memory.
  const { build } = await import('esbuild')
  const result = await build({
    entryPoints: [path.join(folder, entry)],
    absWorkingDir: folder,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'silent',
  }).catch((cause: unknown) => {
    throw pluginErrors.IMPORT_FAILED({ name, reason: firstMessage(cause) }, cause)
  })
  const text = result.outputFiles[0]?.text ?? ''
  const file = `index-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.mjs`
  const output = path.join(folder, outputFolder)
  await mkdir(output, { recursive: true })
  await removeOthers(output, file)
  await writeFile(path.join(output, file), text)
  // An error in the plugin is to name the line of its source.
  process.setSourceMapsEnabled(true)
  return path.join(output, file)
}

async function removeOthers(folder: string, keep: string): Promise<void> {
  const stale = (await readdir(folder)).filter((name) => name.startsWith('index-') && name !== keep)
  await Promise.all(stale.map((name) => rm(path.join(folder, name), { force: true })))
}

const failureSchema = z.object({
  errors: z
    .array(z.object({ text: z.string(), location: z.object({ file: z.string(), line: z.number() }).nullish() }))
    .min(1),
})

/** `src/index.ts:12: Expected ";"` of esbuild's list of errors. */
function firstMessage(error: unknown): string {
  const first = failureSchema.safeParse(error).data?.errors[0]
  if (!first) return reasonOf(error)
  return first.location ? `${first.location.file}:${first.location.line}: ${first.text}` : first.text
}

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Plugin as EsbuildPlugin } from 'esbuild'
import { z } from 'zod'
import { pluginErrors, reasonOf } from './plugin-errors.js'

/** Where compiled plugins lie: inside the plugin's own folder, so that its imports resolve as they do in its source. */
const outputFolder = path.join('node_modules', '.postern')

const ownUrl = '__postern_source_url'

/** The compiled module lies elsewhere than its sources: each of them is told its own place, on its first line. */
const placesOfSources: EsbuildPlugin = {
  name: 'places-of-sources',
  setup: (build) =>
    build.onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8')
      if (!text.includes('import.meta.url')) return undefined
      const contents = `const ${ownUrl} = ${JSON.stringify(pathToFileURL(file).href)};${text}`
      return { contents, loader: file.endsWith('ts') ? 'ts' : 'js' }
    }),
}

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
    // Nothing is written there yet: what a stack calls the sources goes by it.
    outfile: path.join(folder, outputFolder, 'index.mjs'),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'silent',
    define: { 'import.meta.url': ownUrl },
    plugins: [placesOfSources],
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

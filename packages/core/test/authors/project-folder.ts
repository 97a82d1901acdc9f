import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../../..', import.meta.url))

export interface ProjectFolder {
  readonly folder: string
  write(file: string, text: string): Promise<void>
  remove(): Promise<void>
}

/** A server's folder of its own, from which `@postern/core` and zod can be imported as in a real one. */
export async function projectFolder(): Promise<ProjectFolder> {
  const parent = path.join(repository, 'node_modules', '.cache')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(path.join(parent, 'project-'))
  // An `.env` marks the root of a server.
  await writeFile(path.join(folder, '.env'), '')
  return {
    folder,
    write: async (file, text) => {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
      await writeFile(path.join(folder, file), text)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'

const script = fileURLToPath(new URL('../dist/jest/keeper-process.js', import.meta.url))

/** Stands for jest: starts the servers' side of a run, says where it is, and waits. */
const jest = `
  import { startKeeper } from ${JSON.stringify(script)}
  console.log(await startKeeper('feedface'))
  setInterval(() => undefined, 1000)
`

async function until(isSo: () => boolean): Promise<boolean> {
  for (let time = 0; time < 500 && !isSo(); time++) await pause(20)
  return isSo()
}

describe('the embedded server of a run', () => {
  it.each(['SIGKILL', 'SIGINT'] as const)('is gone, with its files, soon after jest got a %s', async (signal) => {
    const process = spawn(globalThis.process.execPath, ['--input-type=module', '--eval', jest], {
      env: { PATH: globalThis.process.env['PATH'] ?? '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [output]: unknown[] = await once(process.stdout, 'data')
    const socketFolder = new URL(String(output).trim()).searchParams.get('host') ?? ''
    const file = join(socketFolder, '..', 'data', 'postmaster.pid')
    const postmaster = Number.parseInt(readFileSync(file, 'utf8'), 10)
    process.kill(signal)
    expect(await until(() => !existsSync(file) && !existsSync(`/proc/${postmaster}`))).toBe(true)
    expect(await until(() => !existsSync(join(socketFolder, '..', '..')))).toBe(true)
  })
})

// What the tests of the page need of a browser. Debian's `chromium`, which .ci/run installs.
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReceivedJson } from '@postern/testkit'
import { chromium, type BrowserContext, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'
export const isInstalled = existsSync(executablePath)
const args = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Set it to a folder to have the pictures of the README taken. */
const { SCREENSHOTS: pictures } = process.env

if (!isInstalled)
  console.error(`NO BROWSER TEST RUNS: there is no ${executablePath}. On Debian: apt-get install chromium`)

export const hostile =
  '</script><img src=x onerror="window.owned=1"><svg onload=window.owned=1>\u2028[a](javascript:owned=1)'

export interface OpenedBrowser {
  readonly context: BrowserContext
  close(): Promise<void>
}

export async function openBrowser(): Promise<OpenedBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'postern-chromium-'))
  const viewport = { width: 1280, height: 860 }
  const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args, viewport })
  const close = async (): Promise<void> => {
    await context.close()
    await rm(profile, { recursive: true, force: true })
  }
  return { context, close }
}

/** @returns what axe finds that is serious or worse */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(`${axe}; window.axe = axe`)
  const { violations }: ReceivedJson = await page.evaluate('axe.run()')
  return violations
    .filter(({ impact }: ReceivedJson) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }: ReceivedJson) => `${id}: ${nodes.map(({ html }: ReceivedJson) => html).join(' ')}`)
}

export async function takePicture(page: Page, name: string): Promise<void> {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) })
}

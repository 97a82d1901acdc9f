import type { Application } from '../app/application.js'
import type { CommandResult } from '../plugins/command.js'
import type { PluginInfo } from '../plugins/plugin-state.js'
import { onOneLine } from './output.js'

const everywhere: readonly string[] = ['127.0.0.1', '0.0.0.0', '::', '::1']

/** What to type into a browser on this machine. */
export function baseUrl(host: string, port: number): string {
  const name = everywhere.includes(host) ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function pluginLines(plugins: readonly PluginInfo[], isSafe: boolean): string[] {
  if (isSafe) return ['Plugins', '  None is switched on, because of --safe.']
  const lines = plugins.map(
    ({ name, state, error }) => `  ${name}: ${state}${error === null ? '' : ` (${onOneLine(error)})`}`,
  )
  return ['Plugins', ...(lines.length === 0 ? ['  none found'] : lines)]
}

function firstRunLines(firstRun: Application['firstRun']): string[] {
  if (firstRun === undefined) return []
  const { email, password } = firstRun
  return [
    `The first user is made: ${email} (or "root"), with the role root.`,
    ...(password === null ? [] : [`  Its password, shown this once: ${password}`]),
    '',
  ]
}

/** What a server says when it is up: where it is, who may come in, and what to try next. */
export async function welcome(app: Application, isSafe: boolean): Promise<CommandResult> {
  const { config, address, firstRun } = app
  const base = baseUrl(config.APP_HOST, address?.port ?? config.APP_PORT)
  const api = `${base}${config.API_PREFIX}`
  const plugins = await app.plugins.list()
  const body = JSON.stringify({ account: firstRun?.email ?? config.INIT_ROOT_EMAIL, password: '…' })
  const lines = [
    '',
    `Postern listens on ${base}`,
    `  API     ${api}`,
    `  Health  ${base}/healthz  ${base}/readyz`,
    '',
    ...firstRunLines(firstRun),
    ...pluginLines(plugins, isSafe),
    '',
    'What to try next, in another terminal',
    '  npx postern plugin list',
    '  npx postern collection create todos title:string completed:boolean',
    `  curl -X POST ${api}/auth:signIn -H 'Content-Type: application/json' -d '${body}'`,
    '',
  ]
  const states = plugins.map(({ name, state, error }) => ({ name, state, error }))
  const json = { url: base, api, health: `${base}/healthz`, firstRun: firstRun ?? null, safe: isSafe, plugins: states }
  return { json, text: lines.join('\n') }
}

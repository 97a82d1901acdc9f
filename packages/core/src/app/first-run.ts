import { root } from '../acl/role.js'
import { generatePassword } from '../auth/password.js'
import { systemPrincipal } from '../auth/principal.js'
import { AppError } from '../kernel/errors.js'
import type { PluginManager } from '../plugins/plugin-manager.js'
import type { Parts } from './parts.js'
import type { Config } from './config.js'
import { callAction } from './call.js'

export interface FirstRun {
  readonly email: string
  /** Null when it was given in the settings. */
  readonly password: string | null
}

/** A database without a user who may do everything gets one. @returns the account, with the password when it was made up here */
export async function ensureRoot({ host, dispatcher }: Parts, config: Config): Promise<FirstRun | undefined> {
  const { count } = await host.connection.run({
    text: 'SELECT 1 FROM "usersRoles" WHERE "roleName" = $1 LIMIT 1',
    values: [root],
  })
  if (count > 0) return undefined
  const password = config.INIT_ROOT_PASSWORD ?? generatePassword()
  try {
    const body = { email: config.INIT_ROOT_EMAIL, username: 'root', nickname: 'Root', password, roles: [root] }
    await callAction(dispatcher, 'users', 'create', { body, principal: systemPrincipal })
  } catch (error) {
    // Another node that started at the same moment made it.
    if (error instanceof AppError && error.code === 'CONFLICT') return undefined
    throw error
  }
  return { email: config.INIT_ROOT_EMAIL, password: config.INIT_ROOT_PASSWORD === undefined ? password : null }
}

/** Once in the life of a database: switches on what the settings want to be on from the start, as far as it exists. */
export async function enableFirstPlugins(manager: PluginManager, { PLUGINS: wanted }: Config): Promise<void> {
  await manager.atFirstRun(async (decided) => {
    for (const name of wanted) {
      // A command may have been there before the first start; then an operator has decided.
      if (decided.has(name) || !(await manager.catalogue.has(name))) continue
      // A plugin that fails is in quarantine; the server starts all the same.
      await manager.enable(name, 'first start').catch(() => undefined)
    }
  })
}

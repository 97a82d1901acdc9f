import type { Collection } from '../database/collection.js'
import { withLinks } from '../database/links.js'
import type { DatabaseHandle } from '../database/handle.js'
import type { Migration } from '../database/migrator.js'
import type { Logger } from '../kernel/logger.js'
import type { Resolved, Token, Tokens } from '../kernel/token.js'
import type { OptionsOf, Shape } from '../schema/field.js'
import type { PluginContext } from './plugin-context.js'

export interface InstallContext {
  readonly db: DatabaseHandle
  readonly log: Logger
}

/** What the manager must know of a plugin without running it, and the one function that runs. */
export interface PluginDefinition<R, O extends Shape, D extends Tokens> {
  /** kebab-case, unique */
  readonly name: string
  /** semver; migrations and upgrades go by it */
  readonly version?: string
  /** Range of @postern/core that it works with. */
  readonly core?: string
  /** Other plugins that must be on, by name and semver range. */
  readonly plugins?: Readonly<Record<string, string>>
  /** Services that it uses: `ctx.services`, typed. */
  readonly requires?: D
  /** Services that `setup` must provide. */
  readonly provides?: readonly Token<unknown>[]
  /** Checked when given, with defaults. */
  readonly options?: O
  /** Tables are made of them when the plugin is enabled. */
  readonly collections?: readonly Collection[]
  /** Run after the collections, in order, once, in the enabling transaction. */
  readonly migrations?: readonly Migration[]
  /** Once, in the enabling transaction. */
  readonly install?: (context: InstallContext) => Promise<void>
  /** Undoes `install` when the plugin is purged. */
  readonly uninstall?: (context: InstallContext) => Promise<void>
  /** Every time it is switched on. What it registers is undone by itself. */
  setup(context: PluginContext<OptionsOf<O>, Resolved<D>>): R | Promise<R>
}

/** A plugin as the manager holds it. `R` is what `setup` returns: its typed face. */
export interface Plugin<R = unknown> {
  readonly name: string
  readonly version: string
  readonly core: string | undefined
  readonly plugins: Readonly<Record<string, string>>
  readonly requires: Tokens
  readonly provides: readonly Token<unknown>[]
  readonly options: Shape
  readonly collections: readonly Collection[]
  readonly migrations: readonly Migration[]
  readonly install?: (context: InstallContext) => Promise<void>
  readonly uninstall?: (context: InstallContext) => Promise<void>
  setup(context: PluginContext<never, never>): R | Promise<R>
}

/** Runs `setup` with a context whose options and services were made from the plugin's own shapes: that is what types them. */
export function runSetup(plugin: Plugin, context: PluginContext<object, object>): unknown {
  const setup: (context: never) => unknown = (given) => plugin.setup(given)
  return Reflect.apply(setup, undefined, [context])
}

/** The options of a plugin that declares none. */
type NoShape = Readonly<Record<never, never>>

/**
 * Defines a plugin: data about it, and `setup`, whose every registration is undone when the plugin is switched off.
 *
 * @example
 * export default definePlugin({
 *   name: 'hello',
 *   setup: ({ acl, resources }) => {
 *     acl.grant('anonymous', 'hello', ['greet'])
 *     return resources.define('hello', {
 *       greet: defineAction({ summary: 'Say hello', reads: true, run: () => ({ message: 'Hello' }) }),
 *     })
 *   },
 * })
 */
export function definePlugin<R, O extends Shape = NoShape, D extends Tokens = NoShape>(
  definition: PluginDefinition<R, O, D>,
): Plugin<R> {
  const { version = '0.0.0', core, plugins = {}, provides = [], collections = [], migrations = [] } = definition
  return {
    ...definition,
    version,
    core,
    plugins,
    provides,
    collections: withLinks(collections),
    migrations,
    requires: definition.requires ?? {},
    options: definition.options ?? {},
  }
}

const kebab = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

/** Does a module's default export have the shape of a plugin? @returns what is wrong, undefined when nothing */
export function shapeProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null)
    return 'its default export is missing or is no plugin (definePlugin makes one)'
  if (!('name' in value) || typeof value.name !== 'string' || !kebab.test(value.name))
    return 'its name must be kebab-case'
  if (!('setup' in value) || typeof value.setup !== 'function') return 'it has no setup function'
  if (!('requires' in value) || !('collections' in value)) return 'it was not made with definePlugin'
  return undefined
}

export const isPlugin = (value: unknown): value is Plugin => shapeProblem(value) === undefined

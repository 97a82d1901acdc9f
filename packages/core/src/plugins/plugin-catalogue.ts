import { pluginErrors } from './plugin-errors.js'
import type { DiscoveredPlugin } from './plugin-loader.js'
import type { Plugin } from './plugin.js'

/** The plugins that can be found. Looks again when asked for one that it does not know: it may have just been written. */
export class PluginCatalogue {
  #known: ReadonlyMap<string, DiscoveredPlugin> = new Map()

  constructor(private readonly discover: () => Promise<readonly DiscoveredPlugin[]>) {}

  /** Every plugin that is there now. */
  async all(): Promise<readonly DiscoveredPlugin[]> {
    const found = await this.discover()
    this.#known = new Map(found.map((plugin) => [plugin.name, plugin]))
    return found
  }

  /** @throws PLUGIN_UNKNOWN */
  async find(name: string): Promise<DiscoveredPlugin> {
    if (!this.#known.has(name)) await this.all()
    const found = this.#known.get(name)
    if (!found) throw pluginErrors.UNKNOWN({ name })
    return found
  }

  async has(name: string): Promise<boolean> {
    return (await this.all()).some((plugin) => plugin.name === name)
  }

  readonly load = async (name: string): Promise<Plugin> => (await this.find(name)).load()
}

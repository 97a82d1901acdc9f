/**
 * Options of collections that plugins bring (`ctx.collections.option`). A plugin adds its own to the type:
 *
 * @example
 * declare module '@postern/core' {
 *   interface PluginCollectionOptions { readonly spaced?: boolean }
 * }
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- plugins fill it
export interface PluginCollectionOptions {}

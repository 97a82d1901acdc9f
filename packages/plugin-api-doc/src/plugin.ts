import { anonymousRole, anyCredential, definePlugin, f } from '@postern/core'
import { openapiCommands } from './commands.js'
import { documentActions, wholeDocument } from './document-actions.js'
import { servePage } from './page.js'
import { DocumentSource } from './document-source.js'

/** The API document of this server, for whoever asks: only what he may call. */
export default definePlugin({
  name: 'api-doc',
  version: '1.0.0',
  core: '^1.0.0',
  options: {
    /** Whoever asks without a credential gets the document of what anybody may do. So does API_DOC_PUBLIC. */
    public: f.boolean().default(false),
  },
  setup: async ({ options, acl, cli, db, http, openapi, resources }) => {
    const source = new DocumentSource(openapi)
    const { prefix } = openapi.settings
    const isPublic = options.public || openapi.settings.isPublic
    const reader = isPublic ? anonymousRole : anyCredential
    acl.grant(reader, 'swagger', ['get', 'getUrls'])
    acl.grant(reader, 'openapi.json', ['list'])
    resources.define('swagger', documentActions(source, prefix))
    resources.define('openapi.json', wholeDocument(source))
    await servePage(http.router(), openapi)
    for (const [name, command] of Object.entries(openapiCommands({ source, db, prefix }))) cli.command(name, command)
  },
})

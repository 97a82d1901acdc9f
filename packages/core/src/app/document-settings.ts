import type { DocumentSettings } from '../plugins/plugin-host.js'
import type { Config } from './config.js'
import { coreVersion } from './core-version.js'

/** What the API document tells of the server as a whole. */
export const documentSettings = (config: Config): DocumentSettings => ({
  version: coreVersion,
  prefix: config.API_PREFIX,
  isPublic: config.API_DOC_PUBLIC,
  publicUrl: config.PUBLIC_URL,
  title: config.API_TITLE,
  apiVersion: config.API_VERSION,
  description: config.API_DESCRIPTION,
  contact: config.API_CONTACT,
  licence: config.API_LICENSE,
})

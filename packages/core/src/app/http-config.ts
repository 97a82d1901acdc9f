import type { HttpSettings } from '../http/http-settings.js'
import type { Config } from './config.js'

export const httpSettings = (config: Config): HttpSettings => ({
  prefix: config.API_PREFIX,
  corsOrigin: config.CORS_ORIGIN,
  trustedProxies: config.TRUSTED_PROXIES,
  bodyLimit: config.LIMIT_BODY_BYTES,
  headerLimit: config.LIMIT_HEADER_BYTES,
  urlLimit: config.LIMIT_URL_BYTES,
  bodiesLimit: config.LIMIT_BODIES_BYTES,
  addressBodiesLimit: config.LIMIT_ADDRESS_BODIES_BYTES,
  jsonValues: config.LIMIT_JSON_VALUES,
  jsonDepth: config.LIMIT_JSON_DEPTH,
  headerTimeout: config.LIMIT_HEADER_MS,
  requestTimeout: config.LIMIT_REQUEST_MS,
})

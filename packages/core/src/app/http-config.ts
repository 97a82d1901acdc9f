import type { HttpSettings } from '../http/http-settings.js'
import type { Config } from './config.js'

export const httpSettings = (config: Config): HttpSettings => ({
  prefix: config.API_PREFIX,
  corsOrigin: config.CORS_ORIGIN,
  trustedProxies: config.TRUSTED_PROXIES,
  bodyLimit: config.LIMIT_BODY_BYTES,
  answerLimit: config.LIMIT_ANSWER_BYTES,
  headerLimit: config.LIMIT_HEADER_BYTES,
  urlLimit: config.LIMIT_URL_BYTES,
  jsonDepth: config.LIMIT_JSON_DEPTH,
  headerTimeout: config.LIMIT_HEADER_MS,
  requestTimeout: config.LIMIT_REQUEST_MS,
})

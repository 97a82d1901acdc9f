/** What the HTTP room needs to know; sizes in bytes, times in milliseconds. */
export interface HttpSettings {
  /** `/api` */
  readonly prefix: string
  /** Origins that may call from a browser; `*` is any, without credentials. */
  readonly corsOrigin: readonly string[]
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  readonly bodyLimit: number
  readonly answerLimit: number
  readonly headerLimit: number
  readonly urlLimit: number
  readonly jsonDepth: number
  readonly headerTimeout: number
  readonly requestTimeout: number
}

/** How many header fields a request may have; Node would silently drop those beyond its own count. */
export const mostHeaders = 200

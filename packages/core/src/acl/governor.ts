import type { Principal } from '../auth/principal.js'
import type { AppError } from '../kernel/errors.js'
import type { Restriction } from './restriction.js'

/** What is allowed in the place of grants. */
export interface Ruling extends Restriction {
  /** Grants count as well: what both allow is allowed. */
  readonly besideGrants?: boolean
}

/**
 * Decides, in the place of grants, who may do what with the resources that a plugin governs. An error refuses like
 * `'deny'`, and is what a caller is told who asks for just this.
 *
 * @param reads does the action only read?
 * @returns undefined for what the plugin does not govern
 */
export type Govern = (
  principal: Principal,
  resource: string,
  action: string,
  reads: boolean,
) => Ruling | 'deny' | AppError | undefined

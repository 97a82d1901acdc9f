import type { ResolvedRelation } from '../resolve-relation.js'
import type { Condition } from './condition.js'
import type { FilterTime } from './filter-time.js'

/** The settings that bound a filter (HARDENING, Limits). */
export const filterLimits = {
  depth: 10,
  values: 500,
  /** Relations that are followed, each as often as it is: PostgreSQL takes seconds to plan a hundred, and no time limit counts while it does. */
  relations: 30,
}

/** What a caller may see of one collection. */
export interface Sight {
  /** The fields; all visible ones when undefined. */
  readonly readable: ReadonlySet<string> | undefined
  /** The relations; all visible ones when undefined. Other names may be in it. */
  readonly followable: ReadonlySet<string> | undefined
  readonly rows: Condition
}

export interface FilterOptions {
  /** The fields that the caller may read; all visible ones when absent. Filtering is reading. */
  readonly readable?: ReadonlySet<string> | undefined
  /** The relations that the caller may follow; all visible ones when absent. */
  readonly followable?: ReadonlySet<string> | undefined
  /**
   * What he may see behind a relation of a collection that he sees this much of; all of it when absent.
   *
   * @throws 403 when he may not follow it
   */
  readonly related?: ((relation: ResolvedRelation, followable: ReadonlySet<string> | undefined) => Sight) | undefined
  /** The values of `{{$user.id}}` and the like. */
  readonly variable?: ((name: string) => unknown) | undefined
  /** The filter came bracket-nested in a query string: every leaf is text and is read by the field's type. */
  readonly textual?: boolean
  /** The server's own filter: hidden fields may be named. */
  readonly trusted?: boolean
  /** Where the filter stands in the input. */
  readonly path?: string
  /** The clock and the zone of the caller; without it the server's clock, in UTC. */
  readonly time?: FilterTime
}

import type { Principal } from '../auth/principal.js'
import type { OptionRegistry } from '../database/collection-options.js'
import { settingOf, type Part, type Setting, type Sight } from '../database/sight.js'
import { blame } from '../kernel/blame.js'
import { OwnedList } from '../kernel/owned-list.js'
import type { Disposer, Scope } from '../kernel/scope.js'
import { root } from './role.js'

/** The part that a caller's calls take place in. @returns undefined for none */
export type PartOf = (principal: Principal) => Part | undefined

interface Said {
  readonly option: string
  readonly partOf: PartOf
}

/**
 * What of divided collections calls see in the database, whatever the rules for rows let through: both say the same, and
 * neither relies on the other.
 */
export class CallerParts {
  readonly #said = new OwnedList<Said>('part of callers')

  constructor(private readonly options: OptionRegistry) {}

  add(option: string, partOf: PartOf, scope: Scope): Disposer {
    return this.#said.add({ option, partOf }, scope)
  }

  /** @returns undefined where no collection was ever divided */
  of(principal: Principal): Sight | undefined {
    if (this.options.isUnused) return undefined
    const settings = [...this.#said.active()].flatMap(
      ({ value: { option, partOf }, scope, registeredAt }): Setting[] => {
        try {
          const part = partOf(principal)
          return part === undefined ? [] : [settingOf(option, part)]
        } catch (error) {
          blame(error, scope.owner, registeredAt)
          throw error
        }
      },
    )
    // Collections of a plugin that is off are closed to all but root.
    return principal.roles.includes(root) ? [...settings, ...this.options.everyClosedPart()] : settings
  }

  get size(): number {
    return this.#said.size
  }
}

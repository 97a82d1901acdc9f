import type { Context, Middleware, Next } from 'koa'
import type Router from '@koa/router'
import { blame } from '../kernel/blame.js'
import { OwnedList, type OwnedItem } from '../kernel/owned-list.js'
import { routesOf } from './router-middleware.js'
import type { Disposer, Scope } from '../kernel/scope.js'

/** Plugins whose middleware one is to run before or after. */
export interface MiddlewareOrder {
  readonly before?: string
  readonly after?: string
}

interface Placed {
  readonly run: Middleware
  readonly order: MiddlewareOrder
}

/** Plugins' middleware and routers, looked up at each request: Koa's own list is fixed at start. */
export class MiddlewareChain {
  readonly #list: OwnedList<Placed>

  constructor(kind: 'middleware' | 'router') {
    this.#list = new OwnedList(kind)
  }

  use(middleware: Middleware, scope: Scope, order: MiddlewareOrder = {}): Disposer {
    return this.#list.add({ run: middleware, order }, scope)
  }

  route(router: Router, scope: Scope): Disposer {
    return this.#list.add({ run: routesOf(router), order: {} }, scope)
  }

  get isEmpty(): boolean {
    return this.#list.isEmpty
  }

  get size(): number {
    return this.#list.size
  }

  /** Runs what is visible now, in order; each counts as a call in flight of its owner. */
  run(context: Context, next: Next): Promise<unknown> {
    const items = inOrder([...this.#list.active()])
    const step = async (index: number): Promise<unknown> => {
      const item = items[index]
      if (!item) return next()
      item.scope.enter()
      try {
        return await item.value.run(context, () => behind(item.scope, () => step(index + 1)))
      } catch (error) {
        blame(error, item.scope.owner, item.registeredAt)
        throw error
      } finally {
        item.scope.leave()
      }
    }
    return step(0)
  }
}

type Item = OwnedItem<Placed>

/** In the order of registration, save those that name a plugin to stand before or after. */
function inOrder(items: readonly Item[]): readonly Item[] {
  const placed = items.filter(({ value: { order } }) => order.before !== undefined || order.after !== undefined)
  if (placed.length === 0) return items
  const ordered = [...items]
  // To put one right can put another wrong. Plugins that contradict each other must come to an end too.
  for (let turn = 0; turn < items.length; turn++) {
    const moved = placed.filter((item) => putRight(ordered, item))
    if (moved.length === 0) break
  }
  return ordered
}

/** A plugin that is not there asks for nothing. @returns whether the item had to be moved */
function putRight(ordered: Item[], item: Item): boolean {
  const { before, after } = item.value.order
  const at = ordered.indexOf(item)
  const first = before === undefined ? -1 : ordered.findIndex(({ scope }) => scope.owner === before)
  const last = after === undefined ? -1 : ordered.findLastIndex(({ scope }) => scope.owner === after)
  const isTooLate = first !== -1 && at > first
  if (!isTooLate && at >= last) return false
  ordered.splice(at, 1)
  // What stands behind it has moved up by one.
  ordered.splice(isTooLate ? first : last, 0, item)
  return true
}

/** What runs behind a middleware is no call of its plugin: otherwise a request could wait for itself to switch it off. */
async function behind(scope: Scope, next: () => Promise<unknown>): Promise<unknown> {
  scope.leave()
  try {
    return await next()
  } finally {
    scope.enter()
  }
}

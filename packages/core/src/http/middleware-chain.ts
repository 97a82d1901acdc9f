import type { Context, Middleware, Next } from 'koa'
import type Router from '@koa/router'
import { OwnedList } from '../kernel/owned-list.js'
import { routesOf } from './router-middleware.js'
import type { Disposer, Scope } from '../kernel/scope.js'

/** Plugins' middleware and routers, looked up at each request: Koa's own list is fixed at start. */
export class MiddlewareChain {
  readonly #list: OwnedList<Middleware>

  constructor(kind: 'middleware' | 'router') {
    this.#list = new OwnedList(kind)
  }

  use(middleware: Middleware, scope: Scope, label?: string): Disposer {
    return this.#list.add(middleware, scope, label)
  }

  route(router: Router, scope: Scope): Disposer {
    return this.#list.add(routesOf(router), scope, 'router')
  }

  get isEmpty(): boolean {
    return this.#list.isEmpty
  }

  get size(): number {
    return this.#list.size
  }

  /** Runs what is visible now, in order; each counts as a call in flight of its owner. */
  run(context: Context, next: Next): Promise<unknown> {
    const items = [...this.#list.active()]
    const step = async (index: number): Promise<unknown> => {
      const item = items[index]
      if (!item) return next()
      item.scope.enter()
      try {
        return await item.value(context, () => step(index + 1))
      } finally {
        item.scope.leave()
      }
    }
    return step(0)
  }
}

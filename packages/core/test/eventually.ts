import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again until it holds. @throws Error after `limit` milliseconds, with what the last try threw */
export async function eventually(holds: () => boolean | Promise<boolean>, limit: number): Promise<void> {
  const end = performance.now() + limit
  let last: unknown
  for (;;) {
    try {
      if (await holds()) return
    } catch (error) {
      last = error
    }
    if (performance.now() > end) throw new Error(`It did not come true within ${limit} ms`, { cause: last })
    await pause(20)
  }
}

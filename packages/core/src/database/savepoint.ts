import type { Transaction } from './executor.js'

/** Work that may fail without the transaction: when it throws, only what it did is undone. */
export async function inSavepoint<T>(transaction: Transaction, work: () => Promise<T>): Promise<T> {
  const say = (text: string) => transaction.run({ text, values: [] })
  await say('SAVEPOINT attempt')
  let result: T
  try {
    result = await work()
  } catch (error) {
    try {
      await say('ROLLBACK TO SAVEPOINT attempt')
      await say('RELEASE SAVEPOINT attempt')
    } catch {
      // The connection is gone: the first error says why.
    }
    throw error
  }
  await say('RELEASE SAVEPOINT attempt')
  return result
}

import { z } from 'zod'

/** What a node tells the sender of a message: that it has applied it, or why it could not. */
export const receiptSchema = z.object({
  id: z.string(),
  node: z.string(),
  error: z.string().nullable(),
  ms: z.number(),
})
export type Receipt = z.infer<typeof receiptSchema>

export interface NodeOutcome {
  readonly node: string
  readonly state: 'applied' | 'failed' | 'unreachable'
  readonly error: string | null
  readonly ms: number | null
}

/** The receipts for one message. They may come before it is known from whom. */
export class Receipts {
  readonly #byNode = new Map<string, Receipt>()
  #onArrival = (): void => undefined

  add(receipt: Receipt): void {
    this.#byNode.set(receipt.node, receipt)
    this.#onArrival()
  }

  /** Waits for those of all these nodes, `patience` milliseconds at most. */
  async whenComplete(nodes: readonly string[], patience: number): Promise<void> {
    const isComplete = (): boolean => nodes.every((node) => this.#byNode.has(node))
    await new Promise<void>((resolve) => {
      if (isComplete()) return resolve()
      const timer = setTimeout(resolve, patience)
      this.#onArrival = () => {
        if (!isComplete()) return
        clearTimeout(timer)
        resolve()
      }
    })
  }

  outcomes(nodes: readonly string[]): NodeOutcome[] {
    return nodes.map((node) => {
      const receipt = this.#byNode.get(node)
      if (!receipt) return { node, state: 'unreachable', error: 'gave no receipt', ms: null }
      return { node, state: receipt.error === null ? 'applied' : 'failed', error: receipt.error, ms: receipt.ms }
    })
  }
}

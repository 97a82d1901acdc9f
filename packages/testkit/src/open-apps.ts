interface Closable {
  close(): Promise<void>
}

/** The apps that the test file at work has started and not closed. */
const open = new Set<Closable>()

export function rememberOpen(app: Closable): () => void {
  open.add(app)
  return () => void open.delete(app)
}

/** Closes what a test that failed has left open, so that neither its timers nor its connections hold the run up. */
export async function closeOpenApps(): Promise<void> {
  await Promise.all([...open].map((app) => app.close()))
}

/** What the work gives; an error when that takes longer than `limit` milliseconds. The work itself cannot be stopped. */
export async function withinLimit<T>(work: T | Promise<T>, limit: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limit)
  })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}

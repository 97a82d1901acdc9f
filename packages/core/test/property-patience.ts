/** Milliseconds that a property may take: ten thousand requests on a busy machine, and how many `FUZZ=` asks for nobody knows. */
export const patience = 1_800_000

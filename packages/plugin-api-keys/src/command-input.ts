import { wire, type AppError } from '@postern/core'

export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const noSuchKey = (given: string): AppError => wire.NOT_FOUND({ hint: `: there is no key "${given}"` })

import type { AppError } from '../../kernel/errors.js'
import { wire } from '../../kernel/wire-errors.js'

export const invalidFilter = (problem: string, path: string): AppError => wire.INVALID_FILTER({ problem }).at(path)

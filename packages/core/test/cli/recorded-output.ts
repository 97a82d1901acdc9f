import type { Output } from '../../src/cli/output.js'

/** What a command would have printed. */
export interface RecordedOutput extends Output {
  readonly printed: { out: string; err: string }
}

export function recordOutput(): RecordedOutput {
  const printed = { out: '', err: '' }
  return {
    printed,
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
  }
}

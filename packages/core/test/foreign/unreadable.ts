const letters = { error: 0x45, severity: 'S', message: 'M', detail: 'D', hint: 'H', where: 'W' }
const texts: readonly string[] = [letters.severity, letters.message, letters.detail, letters.hint, letters.where]

/** An ErrorResponse whose texts say nothing; its fields stay: SQLSTATE, table, column, constraint, routine. */
function withoutTexts(message: Buffer): Buffer {
  const fields = message
    .subarray(5)
    .toString('utf8')
    .split('\0')
    .filter((field) => field !== '')
    .map((field) => (texts.includes(field.charAt(0)) ? `${field.charAt(0)}»…« ist es nicht` : field))
  const body = Buffer.from(`${fields.join('\0')}\0\0`)
  const head = Buffer.alloc(5)
  head.writeUInt8(letters.error)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** Takes every text out of the errors that PostgreSQL sends on one connection: what is left is the same in all languages. */
export function unreadable(): (chunk: Buffer) => Buffer {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    const done: Buffer[] = []
    while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
      const message = rest.subarray(0, 1 + rest.readInt32BE(1))
      rest = rest.subarray(message.length)
      done.push(message[0] === letters.error ? withoutTexts(message) : message)
    }
    return Buffer.concat(done)
  }
}

// A process of its own that opens the embedded server and tells its parent, one JSON document a line, what happens.
// Usage: node embedded-client.mjs <path of embedded.js> <directory> [write]
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [modulePath, directory, mode] = process.argv.slice(2)
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
const { openEmbedded } = await import(pathToFileURL(modulePath).href)

async function write(url) {
  const pg = createRequire(modulePath)('pg')
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  for (;;) {
    const { rows } = await client.query('INSERT INTO kept DEFAULT VALUES RETURNING id')
    // Synchronous: what was told has left this process before it can be killed.
    tell({ written: Number(rows[0].id) })
  }
}

try {
  const server = await openEmbedded({ directory, onProgress: (progress) => tell({ progress }) })
  tell({ opened: { url: server.url, adopted: server.adopted } })
  const commands = createInterface({ input: process.stdin })
  commands.on('line', async () => {
    await server.release()
    tell({ released: true })
    process.exit(0)
  })
  if (mode === 'write') await write(server.url)
} catch (error) {
  tell({ failed: { code: error.code, message: error.message, hint: error.hint } })
  process.exit(1)
}

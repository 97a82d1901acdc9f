// `npm start`: sets the checkout up, then becomes the server, in this process, so that signals and exit codes are its own.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setUp } from './lib/setup.mjs'

setUp()
const command = join(root, 'packages', 'core', 'bin', 'postern.js')
process.argv = [process.execPath, command, 'start', ...process.argv.slice(2)]
await import(pathToFileURL(command).href)

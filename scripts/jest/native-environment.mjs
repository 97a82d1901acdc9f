// The environment of a test file: jest's own for Node, with a door to modules that node itself has loaded.
import { createRequire } from 'node:module'
import { TestEnvironment } from 'jest-environment-node'

/** Under this name the modules that `native-transform.mjs` writes find the door. */
export const doorName = 'postern.native-modules'

const require = createRequire(import.meta.url)

/** What a test makes of these, or hears from them, is for the modules on the other side of the door what they know. */
const shared = { Error, TypeError, RangeError, SyntaxError, AggregateError, Date, process }

export default class NativeEnvironment extends TestEnvironment {
  #environment = { ...process.env }

  constructor(config, context) {
    super(config, context)
    Object.assign(this.global, shared)
    this.global[Symbol.for(doorName)] = (path) => require(path)
    const { testkitServer, propertyRequests } = config.projectConfig.globals
    Object.assign(globalThis, { testkitServer, propertyRequests })
  }

  /** What a file has set in the environment does not reach the next one. */
  async teardown() {
    for (const name of Object.keys(process.env)) if (!(name in this.#environment)) delete process.env[name]
    Object.assign(process.env, this.#environment)
    await super.teardown()
  }
}

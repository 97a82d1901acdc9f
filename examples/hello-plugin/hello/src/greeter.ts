import { createToken, defineEvent } from '@postern/core'

/** What other plugins may ask of this one. */
export const Greeter = createToken<{ greet(name: string): Promise<string> }>('hello/greeter')

/** What other plugins may hear of this one. */
export const greeted = defineEvent<{ name: string }>('hello/greeted')

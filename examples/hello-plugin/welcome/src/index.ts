import { defineAction, definePlugin } from '@postern/core'
import { greeted, Greeter } from '../../hello/src/index.js'

export default definePlugin({
  name: 'welcome',
  version: '1.0.0',
  plugins: { hello: '^1.0.0' },
  requires: { greeter: Greeter },
  setup({ acl, events, resources, services }) {
    const names = new Set<string>()
    events.on(greeted, ({ name }) => {
      names.add(name)
    })
    acl.grant('anonymous', 'welcome', ['everybody'])
    return resources.define('welcome', {
      everybody: defineAction({
        summary: 'Welcome everybody who was greeted',
        reads: true,
        run: async () => Promise.all([...names].map((name) => services.greeter.greet(name))),
      }),
    })
  },
})

import { definePlugin, refuse } from '@postern/core'

/**
 * A second way to authenticate, for tests: `X-Badge: editor,reader` makes the caller user 1 in these roles, and
 * `X-Badge: editor todos:list,get` only within that scope. `wrong` is no badge.
 */
export const badge = definePlugin({
  name: 'badge',
  setup: ({ auth }) => {
    auth.strategy('badge', {
      scheme: { type: 'apiKey', in: 'header', name: 'X-Badge' },
      read: (request) => request.header('x-badge'),
      verify: async (text) => {
        const [roles = '', ...scopes] = text.split(' ')
        if (!/^[\w-]+(,[\w-]+)*$/.test(roles) || roles === 'wrong') return refuse()
        if (!scopes.every((scope) => scope.includes(':'))) return refuse()
        const parsed = scopes.map((scope) => {
          const [resource = '', actions = ''] = scope.split(':')
          return { resource, actions: actions.split(',') }
        })
        return { kind: 'badge', userId: 1, roles: roles.split(','), ...(scopes.length > 0 && { scopes: parsed }) }
      },
    })
  },
})

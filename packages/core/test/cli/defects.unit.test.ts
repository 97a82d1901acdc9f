import { describe, expect, it } from '@jest/globals'
import { pluginInStack } from '../../src/cli/defects.js'

function thrownAt(...frames: string[]): Error {
  const error = new Error('tick')
  error.stack = ['Error: tick', ...frames.map((frame) => `    at Timeout (${frame})`)].join('\n')
  return error
}

describe('an error that nobody caught', () => {
  it.each([
    ['file:///srv/app/packages/plugin-notes/dist/index.js:3:9', 'notes'],
    ['file:///srv/app/node_modules/@postern/plugin-api-keys/dist/index.js:3:9', 'api-keys'],
    ['/srv/app/node_modules/postern-plugin-notes/index.js:3:9', 'notes'],
    ['/srv/app/plugins/hello/src/index.ts:3:9', 'hello'],
    ['C:\\app\\plugins\\hello\\src\\index.ts:3:9', 'hello'],
  ])('at %s is of the plugin %s', (frame, plugin) => {
    expect(pluginInStack(thrownAt(frame), '/srv/app')).toBe(plugin)
  })

  it('is of the plugin whose code was running, not of one that called it', () => {
    const error = thrownAt('/srv/app/plugins/inner/index.js:1:1', '/srv/app/plugins/outer/index.js:1:1')
    expect(pluginInStack(error, '/srv/app')).toBe('inner')
  })

  it('is of no plugin when it is the server’s own', () => {
    const frames = [
      'node:internal/timers:581:17',
      'file:///srv/app/packages/core/dist/plugins/plugin-manager.js:62:38',
      '/srv/app/node_modules/pg/lib/client.js:1:1',
    ]
    expect(pluginInStack(thrownAt(...frames), '/srv/app')).toBeUndefined()
  })

  it('is not taken for a plugin’s because the server lives in such a folder', () => {
    expect(pluginInStack(thrownAt('/srv/plugins/app/dist/http.js:1:1'), '/srv/plugins/app')).toBeUndefined()
  })

  it('may be no error at all', () => {
    expect(pluginInStack('kaputt', '/srv/app')).toBeUndefined()
  })
})

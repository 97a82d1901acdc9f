import { describe, expect, it } from '@jest/globals'
import { baseUrl } from '../../src/cli/welcome.js'

describe('the address that a server shows', () => {
  it.each([
    ['127.0.0.1', 'http://localhost:13000'],
    ['0.0.0.0', 'http://localhost:13000'],
    ['::', 'http://localhost:13000'],
    ['api.example.com', 'http://api.example.com:13000'],
    ['fd00::1', 'http://[fd00::1]:13000'],
  ])('on %s is %s', (host, url) => {
    expect(baseUrl(host, 13_000)).toBe(url)
  })
})

import { describe, expect, it } from '@jest/globals'
import { SealedText } from '../../src/kernel/sealed-text.js'

const seal = new SealedText('cursor', 'a secret that all nodes share')
const text = '[2,["ä😀",null,"9007199254740993"]]'

describe('a sealed text', () => {
  it('opens to what it was, with the same secret and for the same purpose', () => {
    const sealed = seal.seal(text, 'todos')
    expect(sealed).toMatch(/^[\w-]+$/)
    expect(new SealedText('cursor', 'a secret that all nodes share').open(sealed, 'todos')).toBe(text)
    expect(seal.open(seal.seal('', ''), '')).toBe('')
  })

  it('opens when the secret has made place for another', () => {
    const both = new SealedText('cursor', 'the next secret', 'a secret that all nodes share')
    expect(both.open(seal.seal(text, 'todos'), 'todos')).toBe(text)
    expect(seal.open(both.seal(text, 'todos'), 'todos')).toBeUndefined()
  })

  it('opens for nothing else', () => {
    const sealed = seal.seal(text, 'todos')
    expect(seal.open(sealed, 'todo')).toBeUndefined()
    expect(seal.open(seal.seal('b', 'a'), 'ab')).toBeUndefined()
    expect(new SealedText('cursor', 'another secret').open(sealed, 'todos')).toBeUndefined()
    expect(new SealedText('other', 'a secret that all nodes share').open(sealed, 'todos')).toBeUndefined()
  })

  it('shows nothing of it', () => {
    expect(Buffer.from(seal.seal(text, 'todos'), 'base64url').toString('utf8')).not.toContain('9007')
  })

  it('is refused when a letter was changed, added or taken away, and in another spelling', () => {
    const sealed = seal.seal(text, 'todos')
    for (let at = 0; at < sealed.length; at++) {
      for (const letter of ['A', 'Q', '_', '=', ' ']) {
        const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1)
        if (changed !== sealed) expect(seal.open(changed, 'todos')).toBeUndefined()
      }
      expect(seal.open(sealed.slice(0, at), 'todos')).toBeUndefined()
    }
    for (const other of [`${sealed}A`, `${sealed}=`, `${sealed}\n`, ` ${sealed}`, sealed.replace(/-|_/, '+')]) {
      if (other !== sealed) expect(seal.open(other, 'todos')).toBeUndefined()
    }
  })
})

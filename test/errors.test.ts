import { describe, expect, it } from 'vitest'
import { startWithoutPasswords, withoutPasswords } from '../core/errors.ts'

describe('the start of a text', () => {
  it('is all of a short one, without passwords', () => {
    const text = 'look at http://me:hunter2@host/ again'
    expect(startWithoutPasswords(text, text.length)).toEqual({ shown: withoutPasswords(text), rest: 0 })
    expect(withoutPasswords(text)).toBe('look at http://me:xxxxx@host/ again')
  })

  it('is as long as wanted where no URL is cut', () => {
    expect(startWithoutPasswords('abcdef', 4)).toEqual({ shown: 'abcd', rest: 2 })
    const url = 'http://me:hunter2@host/'
    const { shown, rest } = startWithoutPasswords(url + ' '.repeat(5_000), 4_000)
    expect(rest).toBe(url.length + 1_000)
    expect(shown).toBe(withoutPasswords(url) + ' '.repeat(4_000 - url.length))
  })

  it('never has a part of a password, wherever it is cut', () => {
    const password = `${'Z'.repeat(240)}://:${'Z'.repeat(240)}`
    for (const url of [
      `http://${'u'.repeat(200)}:${password}@host/`,
      encodeURIComponent(`http://${'u'.repeat(60)}:${'Z'.repeat(400)}@host/`),
      'http://a:ZZZZ@b/?c=http://d:ZZZZ@e/',
      `http://a:${'ZZ%3A%2F%2F'.repeat(20)}@b/`,
    ]) {
      const text = `${'.'.repeat(900)}${url}${'.'.repeat(900)}`
      expect(withoutPasswords(text)).not.toContain('Z')
      for (let most = 890; most < text.length; most++) {
        const { shown, rest } = startWithoutPasswords(text, most)
        expect(shown).not.toContain('Z')
        expect(shown.length).toBeLessThanOrEqual(most + 10)
        expect(rest).toBeGreaterThan(0)
      }
    }
  })

  it('that is a URL as a whole has no part of a password either', () => {
    for (const scheme of ['http:', 'http://', 'x://', ' HTTPS:/\\']) {
      for (const password of ['ZZZZ ZZZZ', 'Z"Z Z', 'ZZ%3A%2F%2FZZ ZZ%3A%2F%2FZZ']) {
        const text = `${scheme}me:${password}@host/path?${'.'.repeat(100)}`
        for (let most = 1; most < text.length; most++) {
          expect(startWithoutPasswords(text, most).shown, `${scheme} ${password} ${most}`).not.toContain('Z')
        }
      }
    }
  })
})

import { describe, expect, it } from 'vitest'
import { startWithoutPasswords, withoutPasswords } from '../core/errors.ts'

describe('the password of a URL', () => {
  it.each([
    ['http://u:pw@h/x', 'http://u:xxxxx@h/x'],
    ['GET http://u:pw@h: refused', 'GET http://u:xxxxx@h: refused'],
    ['a "http://u:pw@h", b "http://v:pw@h"', 'a "http://u:xxxxx@h", b "http://v:xxxxx@h"'],
    ["to http://u:pa'ss@h/x", 'to http://u:xxxxx@h/x'],
    ['to http://u:pa`ss@h/x', 'to http://u:xxxxx@h/x'],
    ["to http://u's:pa:s[s@h/x", "to http://u's:xxxxx@h/x"],
    ['to http://u:p@ss@h/x@y', 'to http://u:xxxxx@h/x@y'],
    ['to http://u:p/s?s#@h/x', 'to http://u:xxxxx@h/x'],
    ['to http://u:p%40x/w%2f@h/x', 'to http://u:xxxxx@h/x'],
    ['to http://u:12%2F34@h/x', 'to http://u:xxxxx@h/x'],
    ['to http://me%40corp:a&b@h/x', 'to http://me%40corp:xxxxx@h/x'],
    // The whole text is a URL.
    ['http://u:p"a s"s@h/x', 'http://u:xxxxx@h/x'],
    [' http:/u:pw@h/x', ' http:/u:xxxxx@h/x'],
    ['amqp://u:p w@h', 'amqp://u:xxxxx@h'],
    // Encoded, as a whole or in part.
    ['/probe?target=http%3A%2F%2Fu%3Apw%40h%2Fx', '/probe?target=http%3A%2F%2Fu%3Axxxxx%40h%2Fx'],
    ['http%3A//u%3Apw%40h', 'http%3A//u%3Axxxxx%40h'],
    ['http%3a%2f%2fu:pw@h', 'http%3a%2f%2fu:xxxxx@h'],
    ['http://u%3Apw%40h/x', 'http://u%3Axxxxx%40h/x'],
    ['http://u%3Apw@h/x', 'http://u%3Axxxxx@h/x'],
    ['http://u:pw%40h/x', 'http://u:xxxxx%40h/x'],
    ['http%3A%2F%2Fu%3Ap%40w%40h', 'http%3A%2F%2Fu%3Axxxxx%40h'],
    ["http%3A%2F%2Fu%3Ap'w%40h", 'http%3A%2F%2Fu%3Axxxxx%40h'],
    ['http://u:pw@prober/?a=http%3A%2F%2Fv%3Apw%40h', 'http://u:xxxxx@prober/?a=http%3A%2F%2Fv%3Axxxxx%40h'],
  ])('is hidden: %j', (text, expected) => {
    expect(withoutPasswords(text)).toBe(expected)
  })

  it('is hidden however long it and the name are', () => {
    const [name, token] = ['u'.repeat(20_000), 'eyJ'.repeat(20_000)]
    expect(withoutPasswords(`http://oauth2:${token}@h/x`)).toBe('http://oauth2:xxxxx@h/x')
    expect(withoutPasswords(`see http://${name}:${token}@h/x`)).toBe(`see http://${name}:xxxxx@h/x`)
  })

  it.each([
    'http://h:80/x@y',
    'http://h:80/?mail=me%40corp',
    'http://[::1]:80/x@y',
    'http://me@h/x',
    'http://h:8080/ is down, says "me@corp"',
    'http%3A%2F%2Fh%3A80%2Fx%40y',
    'http%3A%2F%2F%5B%3A%3A1%5D%3A80%2Fx%40y',
    '/probe?target=http%3A%2F%2Fh%3A80&mail=me@corp',
    'mailto:me:you@corp',
    'job:up@corp',
  ])('is not seen in %j', (text) => {
    expect(withoutPasswords(text)).toBe(text)
  })

  it.each([
    ['a', ''],
    ['a:', ''],
    [':', '@'],
    ['://a:', ''],
    ['://a:', '@'],
    ['http://a:b@', ''],
    ['://a:b%40', ''],
    ['%3A//a%3A', '%40'],
    ['%3A%2F%2Fa%3Ab%40', ''],
    [':\0//\0', '%40'],
    ['://', '@%40'],
    ['@', '%40'],
    ['%40', '@'],
    ['%3A', '@'],
    ['1', '/@%40'],
    ['://a:1', '/@'],
    ['x@ http://a:b ', '%40'],
  ])('is looked for in linear time: %j again and again, then %j', (again, last) => {
    const text = `http://a:${again.repeat(2 ** 20 / again.length)}${last}`
    const start = performance.now()
    withoutPasswords(text)
    startWithoutPasswords(text, 2 ** 19)
    // Some 10 to 300 ms; quadratic would be minutes.
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

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

  it('ends before a password that would be cut, however long it is', () => {
    const text = `say ${'x'.repeat(100)} http://u:${'secret'.repeat(1_000)}@h/`
    for (const most of [50, 110, 120, 200, 3_000, 6_000]) {
      const { shown, rest } = startWithoutPasswords(text, most)
      expect(shown).not.toContain('secret')
      expect([shown.length <= most, shown.length + rest]).toEqual([true, text.length])
    }
  })

  it('is nothing of a URL whose password with spaces would be cut', () => {
    const text = `http://u:${'secret "@'.repeat(1_000)}@h/`
    expect(startWithoutPasswords(text, 100)).toEqual({ shown: '', rest: text.length })
  })
})

import { describe, expect, it } from 'vitest'
import { parseSearch } from '../../core/fleet/search.ts'
import { shownLabels, shownText, toldRow } from '../../core/fleet/target-row.ts'
import { scrapedTarget, target } from './target-world.ts'

/** What a prober is asked to look at. */
const PROBED = 'http://prober/probe?target=http%3A%2F%2Fuser%3Asecret%40db%2Fstats'
const SHOWN = PROBED.replace('secret', 'xxxxx')

describe('what is shown of a target', () => {
  it('has no password, also of a URL that is a parameter of another one', () => {
    expect(shownText(PROBED)).toBe(SHOWN)
    expect(shownText('http://user:secret@db/')).toBe('http://user:xxxxx@db/')
    const scraped = scrapedTarget('probe', target('db:80', { from: PROBED }), {
      url: PROBED,
      lastError: `GET ${PROBED}`,
    })
    const row = toldRow({ component: 'prometheus.scrape.probe', owner: null }, scraped, 'a')
    expect(row).toMatchObject({ url: SHOWN, labels: { from: SHOWN }, error: `GET ${SHOWN}` })
    expect(JSON.stringify(row)).not.toContain('secret')
  })

  it('is what is searched: a password can not be found out letter by letter', () => {
    const labels = ['from', PROBED]
    const finds = (words: string): boolean => {
      const parsed = parseSearch(words)
      return parsed.ok && parsed.search.matches({ url: '', labels: shownLabels(labels), error: '' }, () => '')
    }
    expect([finds('user%3Axxxxx'), finds('user%3As'), finds('from=*secret*')]).toEqual([true, false, false])
  })

  it('costs nothing where there is nothing to hide', () => {
    const labels = ['instance', 'db:80', 'path', '/a%20b']
    expect(shownLabels(labels)).toBe(labels)
  })
})

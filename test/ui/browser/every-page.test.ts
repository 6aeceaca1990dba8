import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltPages, barriers, buildPages, inBrowser, MISSING, startBrowser, visit } from '../support/browser.ts'
import { explainable } from '../support/canned-targets.ts'

/** Address, and what stands there when the page is whole. */
const PAGES: readonly (readonly [path: string, whole: string])[] = [
  ['', 'text=drop_noise'],
  ['component/prometheus.scrape.default', 'h2:text("Debug info")'],
  ['component/prometheus.scrape.nowhere', '.callout.bad'],
  ['graph', '.edge text'],
  ['graph/pipeline.team_metrics', '.graph-node'],
  ['clustering', '.ring-and-legend .legend td'],
  ['targets', '.target-link'],
  [`explain?component=prometheus.scrape.default&key=${explainable().key}`, '.diff'],
  ['explain?search=10.0.0.4', '.target-link'],
  ['explain?search=drop', '.steps'],
  ['explain?search=nothing-of-the-kind', '.callout.warn'],
  ['explain', 'text=Name a target'],
  ['queues', '.plot-line'],
  ['doctor', '.check-card'],
  ['debug/prometheus.relabel.drop_noise', '.feed pre'],
  ['debug/pipeline.team_metrics', '.callout.warn'],
  ['remotecfg', 'text=No server gave'],
  ['nowhere', 'text=There is no such page'],
]

/** The pages that answer with an error on purpose: the browser itself reports the status. */
const FAIL = new Set(['component/prometheus.scrape.nowhere', 'debug/pipeline.team_metrics'])

let pages: BuiltPages
let browser: Browser

beforeAll(async () => {
  pages = await buildPages()
  if (MISSING === undefined) browser = await startBrowser()
})

afterAll(async () => {
  await browser?.close()
  pages?.remove()
})

inBrowser.each([
  // Both themes and both widths are examined for barriers once: that takes the most time of all.
  ['light', 1280, '/', false],
  ['dark', 1280, '/deep/prefix/', true],
  ['light', 360, '/ui/', true],
  ['dark', 360, '/', false],
] as const)('in %s, %d pixels wide, under %s', (colorScheme, width, prefix, examined) => {
  it('every page is whole, has room enough, keeps nobody out, and the browser has no complaints', async () => {
    const { page, complaints, close } = await visit(
      browser,
      { pages: pages.folder, prefix },
      { colorScheme, viewport: { width, height: 800 } },
    )
    try {
      const found: string[] = []
      for (const [path, whole] of PAGES) {
        await page.goto(path)
        await page.waitForSelector(whole, { state: 'attached' })
        const about = `${path} (${colorScheme}, ${width})`
        expect(await page.title(), about).toContain('skein')
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        if (wider > 0) found.push(`${about}: ${wider} pixels too wide`)
        if (examined) found.push(...(await barriers(page)).map((barrier) => `${about}: ${barrier}`))
        const said = complaints.splice(0)
        found.push(
          ...said
            .filter((one) => !FAIL.has(path) || !one.includes('Failed to load resource'))
            .map((one) => `${about}: ${one}`),
        )
        if (process.env['UI_SHOTS'] !== undefined) {
          const name = `${path.replace(/\W+/g, '_') || 'components'}-${colorScheme}-${width}.png`
          await page.screenshot({ path: `${process.env['UI_SHOTS']}/${name}` })
        }
      }
      expect(found).toEqual([])
    } finally {
      await close()
    }
  })
})

inBrowser('a cluster that is well', () => {
  it.each(['healthy', 'alone'] as const)('%s', async (mood) => {
    const { page, complaints, close } = await visit(browser, { pages: pages.folder, mood })
    try {
      await page.goto('clustering')
      await page.waitForSelector('.figure')
      expect(await page.locator('.troubles .callout').count()).toBe(0)
      expect(await page.locator('text=This node works alone').count()).toBe(mood === 'alone' ? 1 : 0)
      await page.goto('doctor')
      await page.waitForSelector('text=Nothing is wrong')
      expect(complaints).toEqual([])
    } finally {
      await close()
    }
  })
})

describe('the bundle', () => {
  it('stays under 150 KB: scripts and styles', () => {
    const loaded = Object.entries(pages.sizes).filter(([name]) => /\.(?:js|css)$/.test(name))
    expect(loaded).toHaveLength(3)
    expect(loaded.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(150 * 1024)
  })
})

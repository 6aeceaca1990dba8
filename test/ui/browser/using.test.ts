import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type BuiltPages, buildPages, inBrowser, MISSING, startBrowser, type Visit, visit } from '../support/browser.ts'

let pages: BuiltPages
let browser: Browser
let open: Visit | undefined

beforeAll(async () => {
  pages = await buildPages()
  if (MISSING === undefined) browser = await startBrowser()
})

afterEach(async () => {
  await open?.close()
  open = undefined
})

afterAll(async () => {
  await browser?.close()
  pages?.remove()
})

async function at(path: string, more: { readonly targets?: number; readonly width?: number } = {}): Promise<Visit> {
  const { targets = 200, width = 1280 } = more
  open = await visit(browser, { pages: pages.folder, prefix: '/ui/', targets }, { viewport: { width, height: 800 } })
  await open.page.goto(path)
  await open.page.waitForSelector('.fresh, .graph, .feed, .toolbar')
  return open
}

inBrowser('targets', () => {
  it('of ten thousand, a hundred are in the page; searching, sorting and turning pages asks the server', async () => {
    const { page, server, complaints } = await at('targets', { targets: 10_000 })
    const rows = page.locator('.target-link')
    await page.waitForSelector('.target-link')
    expect(await rows.count()).toBe(100)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.waitForSelector('text=101–200 of 10,000')
    expect(new URL(page.url()).searchParams.get('offset')).toBe('100')
    await page.getByRole('button', { name: 'Samples' }).click()
    await page.waitForSelector('text=1–100 of 10,000')
    expect(await page.locator('th[aria-sort=descending]').innerText()).toContain('Samples')
    await page.keyboard.press('/')
    await page.keyboard.type('10.0.3.4', { delay: 20 })
    await page.waitForFunction(() => document.querySelectorAll('.target-link').length < 100)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type')), 'the field keeps the focus').toBe(
      'search',
    )
    expect(server.asked.at(-1)).toContain('search=10.0.3.4')
    await page.reload()
    expect(await page.locator('input[type=search]').inputValue(), 'the address has it').toBe('10.0.3.4')
    await page.getByRole('button', { name: 'Down', exact: true }).click()
    await page.waitForFunction(() => document.querySelectorAll('.badge.good').length === 0)
    expect(complaints).toEqual([])
  })

  it('lead to their explanation, and back leads back', async () => {
    const { page } = await at('targets?search=job%3Dnode')
    await page.locator('.target-link').first().click()
    await page.waitForSelector('.answer-sentence')
    expect(await page.evaluate(() => document.activeElement?.tagName), 'the new page is announced').toBe('H1')
    await page.goBack()
    await page.waitForSelector('.target-link')
    expect(await page.locator('input[type=search]').inputValue()).toBe('job=node')
  })
})

inBrowser('without a mouse', () => {
  it('one goes wherever one wants', async () => {
    const { page } = await at('clustering')
    await page.waitForSelector('.legend')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
    expect(new URL(page.url()).pathname).toBe('/ui/clustering')

    await page.keyboard.press('?')
    expect(await page.locator('dialog').isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.locator('dialog').isVisible()).toBe(false)

    // What pointing does, the focus does.
    await page.locator('.legend button').nth(1).focus()
    await page.waitForFunction(() => document.querySelector('.ring-small')?.textContent === 'skein-1')

    const sort = page.getByRole('button', { name: 'Samples/s' })
    await sort.focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('th[aria-sort=descending]')
    expect(await page.locator('tbody th[scope=row]').first().innerText()).toContain('skein-1')

    await page.keyboard.press('g')
    await page.keyboard.press('g')
    await page.waitForSelector('.graph-node')
    await page.locator('.graph-node').nth(1).focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('h2:text("Arguments")')
    expect(decodeURIComponent(new URL(page.url()).pathname)).toBe('/ui/component/discovery.relabel.pods')
  })

  it('one reaches every control of a page, each with a name', async () => {
    const { page } = await at('targets')
    await page.waitForSelector('.target-link')
    const controls = await page.locator(':is(a[href], button:not([disabled]), input, select, summary):visible').count()
    const seen = new Set<string>()
    for (let press = 0; press < controls + 5; press++) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate(() => {
        const element = document.activeElement
        if (element === null || element === document.body) return undefined
        const all = [...document.querySelectorAll('a[href], button, input, select, summary')]
        return `${all.indexOf(element)} ${getComputedStyle(element).outlineStyle}`
      })
      if (focused === undefined) break
      expect(focused, 'the focus is visible').not.toMatch(/none$/)
      seen.add(focused)
    }
    expect(seen.size).toBe(controls)
  })
})

inBrowser('when the node does not answer', () => {
  it('it is said, old data stays, and all is well again when it does', async () => {
    const { page, server } = await at('clustering')
    await page.waitForSelector('.legend')
    server.failing = 503
    await page.waitForSelector('text=What you see below is old')
    expect(await page.locator('.fresh.stale table').count()).toBeGreaterThan(0)
    await page.waitForSelector('.connection.bad')
    server.failing = undefined
    await page.waitForSelector('.connection.good')
    await page.waitForFunction(() => document.querySelector('.stale') === null)
  })

  it('it is said in the words of the node', async () => {
    const { page, server } = await at('targets')
    server.failing = 400
    await page.waitForSelector('text=it was told to fail')
  })
})

inBrowser('a window that nobody looks at', () => {
  it('asks nothing', async () => {
    const { page, server } = await at('doctor')
    await page.waitForSelector('.check-card')
    const hide = (hidden: boolean): Promise<void> =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value })
        document.dispatchEvent(new Event('visibilitychange'))
      }, hidden)
    await hide(true)
    await page.waitForSelector('text=Paused')
    // Longer than the page ever waits between questions; one may have been under way.
    await page.waitForTimeout(5500)
    const asked = server.asked.length
    await page.waitForTimeout(5500)
    expect(server.asked.length).toBe(asked)
    await hide(false)
    await expect.poll(() => server.asked.length).toBeGreaterThan(asked)
  })
})

inBrowser('the theme', () => {
  it('is remembered, and there before the first paint', async () => {
    const { page } = await at('clustering')
    const ground = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const light = await ground()
    await page.getByRole('button', { name: 'Dark' }).click()
    const dark = await ground()
    expect(dark).not.toBe(light)
    await page.reload({ waitUntil: 'commit' })
    await page.waitForSelector('body', { state: 'attached' })
    expect(await ground()).toBe(dark)
  })
})

inBrowser('live debugging', () => {
  it('flows, stops, is filtered and cleared', async () => {
    const { page, server, complaints } = await at('debug/prometheus.relabel.drop_noise')
    await page.waitForSelector('.feed pre')
    await page.getByRole('button', { name: 'Stop' }).click()
    const text = await page.locator('.feed').innerText()
    await page.waitForTimeout(400)
    expect(await page.locator('.feed').innerText()).toBe(text)
    await page.getByRole('searchbox').fill('cpu="3"')
    await page.waitForFunction(() => !document.querySelector('.feed')?.textContent?.includes('cpu="4"'))
    expect(await page.locator('.feed').innerText()).toContain('cpu="3"')
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.waitForSelector('text=0 lines')
    await page.getByRole('combobox').selectOption('25')
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.waitForSelector('.feed pre')
    expect(server.asked.at(-1)).toContain('sampleProb=0.25')
    expect(complaints).toEqual([])
  })
})

inBrowser('on a phone', () => {
  it('the menu opens and leads on', async () => {
    const { page } = await at('clustering', { width: 360 })
    expect(await page.getByRole('link', { name: 'Doctor', exact: true }).isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('link', { name: 'Doctor', exact: true }).click()
    await page.waitForSelector('.check-card')
    expect(await page.getByRole('link', { name: 'Clustering', exact: true }).isVisible(), 'it closes again').toBe(false)
  })
})

inBrowser('charts', () => {
  it('grow, and know the minutes before when one comes back', async () => {
    const { page } = await at('queues')
    await page.waitForFunction(() => !document.querySelector('.figures')?.textContent?.includes('…'))
    await page.getByRole('link', { name: 'Doctor', exact: true }).click()
    await page.waitForSelector('.check-card')
    await page.getByRole('link', { name: 'Remote write', exact: true }).click()
    await page.waitForSelector('.plot-line', { state: 'attached' })
    const said = await page.locator('.plot').nth(1).getAttribute('aria-label')
    expect(said).toContain('in the last minutes')
  })
})
